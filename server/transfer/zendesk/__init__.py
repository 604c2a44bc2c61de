"""Reads a Zendesk export as lines of the import file."""
