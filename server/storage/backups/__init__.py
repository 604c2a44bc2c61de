"""Backups: a whole database in one checked file, and its restore as a new epoch of the logs."""
