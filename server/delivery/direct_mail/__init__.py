"""Mails that are sent at once and never stored: codes, and links that somebody asked for."""
