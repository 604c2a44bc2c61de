"""Mails: rows written with the event, made from the log when they are sent, over SMTP."""
