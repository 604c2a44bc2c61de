"""Describes a message that is attached to a mail, so that its words can be read. Pure."""

from email.message import Message
from typing import Final

from server.mail_reading.header_text import read_header_line

_SHOWN_HEADERS: Final = ("From", "Date", "Subject", "To")
_LONGEST_VALUE: Final = 300
_RULE: Final = "---------- Forwarded message ----------"


def describe_forwarded(message: Message, text: str) -> str:
    """Returns a rule as mail programs write it, the most important headers, and the text."""
    values = ((name, read_header_line(message, name)) for name in _SHOWN_HEADERS)
    headers = [f"{name}: {value[:_LONGEST_VALUE]}" for name, value in values if value]
    return "\n".join([_RULE, *headers, "", text]).rstrip()
