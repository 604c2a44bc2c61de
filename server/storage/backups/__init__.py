"""Backups: a whole database in one checked file, and back again under a new identity."""
