"""Mails that came in and mails that go out, and how they refer to each other."""
