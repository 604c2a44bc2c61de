"""Webhooks' rules, pure: where one may send, what, signed how, and when again."""
