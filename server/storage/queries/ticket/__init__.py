"""Tickets: rows, lists, messages, people beside the requester, and who may take one."""
