"""Reads an export of Zendesk as lines of the import file."""
