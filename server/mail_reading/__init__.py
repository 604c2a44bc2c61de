"""Reads mails: from the bytes of a message to what its sender wrote. Pure, and never raises."""
