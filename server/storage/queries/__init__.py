"""Queries: the statements that read and write rows, a noun in each file."""
