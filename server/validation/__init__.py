"""Validation: JSON from outside becomes a type of `common`, or a list of field errors."""
