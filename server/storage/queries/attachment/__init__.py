"""Attachments, and files that wait for their deletion."""
