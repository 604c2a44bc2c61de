"""Import and export of an organization's people and tickets, as lines of JSON."""
