"""Sends webhooks and mails after the commit: their rows are written with the event, and retried."""
