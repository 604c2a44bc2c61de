"""Rows written with an event: mails, notices, deliveries and facts for reports."""
