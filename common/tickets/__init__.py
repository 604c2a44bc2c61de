"""The ticket language: one capability is one file; `language` is the table of contents."""
