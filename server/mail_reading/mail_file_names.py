"""Finds the names of a mail's files: one safe component of a path each. Pure."""

import re
from email.message import Message
from mimetypes import MimeTypes
from typing import Final

from server.mail_reading.header_text import decode_header_text, read_header_line
from server.mail_reading.part_content import find_parameter, list_subparts
from server.mail_reading.safe_characters import clean_header_line

LONGEST_NAME: Final = 120
"""Characters; in UTF-8 at most four times as many bytes, with which file systems end at 255."""
_LONGEST_NAME_BYTES: Final = 240
_LONGEST_ENDING: Final = 12
_UNSAFE: Final = re.compile(r'[/\\:*?"<>|]+')
_RESERVED: Final = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
_ENDINGS: Final = MimeTypes()
_KNOWN_ENDINGS: Final = {
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "message/delivery-status": ".txt",
    "text/calendar": ".ics",
    "text/plain": ".txt",
    "text/html": ".html",
    "image/jpeg": ".jpg",
}


def find_file_name(part: Message, kind: str) -> str:
    """Returns the name that the mail gives, made safe, or one made from the type."""
    raw = find_parameter(part, "content-disposition", "filename") or find_parameter(
        part, "content-type", "name"
    )
    return make_safe_name(decode_header_text(raw)) or _make_name(part, kind)


def make_safe_name(name: str) -> str:
    """Returns the last component of a path without what systems forbid in names; '' if empty."""
    last = re.split(r"[/\\]", clean_header_line(name))[-1]
    safe = _UNSAFE.sub("_", last).strip(". ")
    if _RESERVED.fullmatch(safe):
        safe = f"_{safe}"
    return _shorten(safe)


def _shorten(name: str) -> str:
    """Returns a name that fits, with its ending."""
    if len(name) <= LONGEST_NAME and len(name.encode()) <= _LONGEST_NAME_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        stem, ending = name, ""
    tail = f".{ending}" if ending else ""
    room = _LONGEST_NAME_BYTES - len(tail.encode())
    cut = stem[: LONGEST_NAME - len(tail)].encode()[:room].decode("utf-8", "ignore")
    return f"{cut.strip('. ')}{tail}"


def _make_name(part: Message, kind: str) -> str:
    ending = _KNOWN_ENDINGS.get(kind) or _ENDINGS.guess_extension(kind) or ".bin"
    if kind in {"message/rfc822", "message/global"}:
        for inner in list_subparts(part)[:1]:
            subject = make_safe_name(read_header_line(inner, "Subject"))
            return _shorten(f"{subject or 'message'}{ending}")
    stem = {"text": "text", "image": "image", "message": "message"}.get(kind.partition("/")[0])
    return f"{stem or 'file'}{ending}"
