"""Mails that came in: who wrote, which ticket they belong to, and what did not arrive."""
