"""Queries: the statements that read and write rows, one file for each subject."""
