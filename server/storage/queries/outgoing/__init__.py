"""Notifications and webhooks on their way."""
