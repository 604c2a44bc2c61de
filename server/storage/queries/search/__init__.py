"""The search index, and what it still lacks."""
