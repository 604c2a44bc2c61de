"""What leaves the house after the commit: mails and webhooks, from rows written with the event."""
