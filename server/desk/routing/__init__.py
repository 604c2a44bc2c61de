"""Gives tickets to agents, returns them, and keeps who is present."""
