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
FEW_CHARACTERS: Final = 500
"""Characters of a body that the library reads itself."""
_BLANK_LINE: Final = re.compile(r"(?:^|\n)\r?\n")
_MARK: Final = re.compile(r"\0(\d+)\0")
_PARSER: Final = BytesParser(ParsedMessage, policy=compat32)
_BOUNDARY: Final = re.compile(rb"(?i)boundary[\s*\d]{0,5}=")


class TooManyParts(ValueError):
    """The mail is made of more lines or parts than anybody sends."""


def parse_mime(raw: bytes) -> Message:
    """Returns the message, with raw headers. Raises TooManyParts, and what the library raises."""
    lowered = raw.lower()
    if (
        (len(raw) > 2 * _MOST_LINES and raw.count(b"\n") + raw.count(b"\r") > 2 * _MOST_LINES)
        or raw.count(b"\n--") + raw.count(b"\r--") > _MOST_RULES
        or (
            lowered.count(b"boundary") > _MOST_BOUNDARIES
            and len(_BOUNDARY.findall(raw)) > _MOST_BOUNDARIES
        )
        or raw.count(b"message/") * len(raw) > _MOST_COPIED
        or (b"delivery-status" in lowered and _count_blank_lines(raw) > _MOST_RULES)
    ):
        raise TooManyParts
    if _can_set_bodies_aside(raw, lowered):
        return _parse_without_bodies(raw)
    return _PARSER.parsebytes(raw)


def _can_set_bodies_aside(raw: bytes, lowered: bytes) -> bool:
    """Returns whether lines below a blank one are nothing but words, until one begins with `--`.

    Not where messages stand in the mail, or lines end with a lone CR.
    """
    return (
        b"message/" not in lowered
        and b"digest" not in lowered
        and b"\0" not in raw
        and raw.count(b"\r") == raw.count(b"\r\n")
    )


def _parse_without_bodies(raw: bytes) -> Message:
    """Parses with a mark in the place of what the library would only collect, line by line."""
    bodies: list[str] = []
    pieces: list[str] = []
    for piece in raw.decode("ascii", "surrogateescape").split("\n--"):
        blank = _BLANK_LINE.search(piece)
        start = blank.end() if blank else len(piece)
        # The library takes the last line break away before a boundary, or the end of the mail.
        body = piece[start:].removesuffix("\n").removesuffix("\r")
        if len(body) > FEW_CHARACTERS:
            pieces.append(f"{piece[:start]}\0{len(bodies)}\0{piece[start + len(body) :]}")
            bodies.append(body)
        else:
            pieces.append(piece)
    message = _PARSER.parser.parsestr("\n--".join(pieces))
    for part in message.walk():
        for name in ("_payload", "preamble", "epilogue"):
            text = vars(part)[name]
            if isinstance(text, str) and "\0" in text:
                vars(part)[name] = _MARK.sub(lambda mark: bodies[int(mark[1])], text)
    return message


def _count_blank_lines(raw: bytes) -> int:
    return sum(raw.count(blank) for blank in (b"\n\n", b"\n\r\n", b"\r\r"))
