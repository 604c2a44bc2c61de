"""Rendering: converts stored rows to the types of the wire, with today's names."""
