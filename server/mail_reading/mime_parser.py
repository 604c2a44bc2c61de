"""Parses MIME with the library, after a look at how long that would take. Pure.

The library takes time and memory for each line and each part, so a mail of the usual size made of
millions of them would keep a server busy for minutes.
"""

import re
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Final

from server.mail_reading.header_text import ParsedMessage

_MOST_BOUNDARIES: Final = 400
"""Of multiparts in one mail; each line is compared with those that are open."""
_MOST_LINES: Final = 1_500_000
_MOST_RULES: Final = 20_000
"""Lines that may begin a part, and blank lines in a delivery report, which begin one as well."""
_MOST_COPIED: Final = 1_000_000_000
"""Bytes, if each message in the mail held all others: each is written once for every one around."""
_BOUNDARY: Final = re.compile(rb"(?i)boundary[\s*\d]{0,5}=")


class TooManyParts(ValueError):
    """The mail is made of more lines or parts than anybody sends."""


def parse_mime(raw: bytes) -> Message:
    """Returns the message, with raw headers. Raises TooManyParts, and what the library raises."""
    lowered = raw.lower()
    if (
        raw.count(b"\n") + raw.count(b"\r") > 2 * _MOST_LINES
        or raw.count(b"\n--") + raw.count(b"\r--") > _MOST_RULES
        or (
            lowered.count(b"boundary") > _MOST_BOUNDARIES
            and len(_BOUNDARY.findall(raw)) > _MOST_BOUNDARIES
        )
        or raw.count(b"message/") * len(raw) > _MOST_COPIED
        or (b"delivery-status" in lowered and _count_blank_lines(raw) > _MOST_RULES)
    ):
        raise TooManyParts
    return BytesParser(ParsedMessage, policy=compat32).parsebytes(raw)


def _count_blank_lines(raw: bytes) -> int:
    return sum(raw.count(blank) for blank in (b"\n\n", b"\n\r\n", b"\r\r"))
