"""Mails and webhooks: rows written with the event, sent after the commit with retries."""
