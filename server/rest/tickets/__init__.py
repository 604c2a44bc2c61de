"""Tickets over REST: commands, lists, conversations and followers."""
