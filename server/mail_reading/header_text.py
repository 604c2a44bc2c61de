"""Decodes the values of headers to lines of safe text, whatever the bytes are. Pure."""

import re
from email.header import decode_header
from email.message import Message
from typing import Any, Final

from server.mail_reading.charsets import decode_bytes
from server.mail_reading.safe_characters import clean_header_line

LONGEST_HEADER: Final = 65_536
"""Characters of a value that are looked at. No mail server accepts a longer line of headers."""

_ENCODED_WORDS: Final = re.compile(r"=\?[^?\s]{1,80}\?[bBqQ]\?[^?]*\?=(?:[ \t]+(?==\?)|)")


def list_header_values(message: Message, name: str) -> list[str]:
    """Returns the raw values of a header, the topmost first; bytes beyond ASCII are surrogates."""
    wanted = name.lower()
    headers: Any = message.raw_items()
    return [str(value)[:LONGEST_HEADER] for key, value in headers if str(key).lower() == wanted]


def read_header_line(message: Message, name: str) -> str:
    """Returns the first value of a header as one clean line, or ''."""
    values = list_header_values(message, name)
    return clean_header_line(decode_header_text(values[0])) if values else ""


def decode_header_text(raw: str) -> str:
    """Returns a raw value with its encoded words (RFC 2047) decoded; a broken word stays as it is.

    Adjacent words in one charset are decoded together: some programs split in mid-character.
    """
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", _restore_bytes(raw))
    if "=?" not in unfolded:
        return unfolded
    try:
        return _decode_words(unfolded)
    except (ValueError, LookupError, TypeError, OverflowError):
        return _ENCODED_WORDS.sub(_decode_alone, unfolded)


def _restore_bytes(raw: str) -> str:
    """Decodes bytes that stand in a header without any encoding: UTF-8 (RFC 6532), or older."""
    if raw.isascii():
        return raw
    return decode_bytes(raw.encode("utf-8", "surrogateescape"), "utf-8")


def _decode_words(value: str) -> str:
    parts = decode_header(value)
    return "".join(
        part if isinstance(part, str) else _decode_part(part, charset) for part, charset in parts
    )


def _decode_part(part: bytes, charset: str | None) -> str:
    if charset is None:
        return part.decode("raw-unicode-escape", "replace")
    # RFC 2231, section 5: a language may follow the charset.
    return decode_bytes(part, charset.partition("*")[0])


def _decode_alone(word: re.Match[str]) -> str:
    try:
        return _decode_words(word[0].rstrip())
    except (ValueError, LookupError, TypeError, OverflowError):
        return word[0]
