"""Rendering: stored rows become the types of the wire, with today's names."""
