"""Decodes the values of headers to lines of safe text, whatever the bytes are. Pure."""

import base64
import binascii
import re
from email.message import Message
from functools import cached_property
from itertools import islice
from typing import Any, Final

from server.mail_reading.charsets import decode_bytes
from server.mail_reading.safe_characters import clean_header_line

LONGEST_HEADER: Final = 65_536
"""Characters of a value that are looked at. No mail server accepts a longer line of headers."""

_MOST_HEADERS: Final = 1_000
_ENCODED_WORD: Final = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=")


class ParsedMessage(Message):
    """A message, or a part of one, as it was parsed: its headers change no more."""

    @cached_property
    def values_by_name(self) -> dict[str, list[str]]:
        """The raw values of each header by its name in lower case."""
        return _index(self)


def _index(message: Message) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    headers: Any = islice(message.raw_items(), _MOST_HEADERS)
    for name, value in headers:
        found.setdefault(str(name).lower(), []).append(str(value)[:LONGEST_HEADER])
    return found


def list_header_values(message: Message, name: str) -> list[str]:
    """Returns the raw values of a header, the topmost first; bytes beyond ASCII are surrogates."""
    values = message.values_by_name if isinstance(message, ParsedMessage) else _index(message)
    return values.get(name.lower(), [])


def read_header_line(message: Message, name: str) -> str:
    """Returns the first value of a header as one clean line, or ''."""
    values = list_header_values(message, name)
    return clean_header_line(decode_header_text(values[0])) if values else ""


def decode_header_text(raw: str) -> str:
    """Returns a raw value with its encoded words (RFC 2047) decoded; a broken word stays as it is.

    Adjacent words in one charset are decoded together: some programs split in mid-character.
    """
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", _restore_bytes(raw))
    return _decode_words(unfolded) if "=?" in unfolded else unfolded


def _restore_bytes(raw: str) -> str:
    """Decodes bytes that stand in a header without any encoding: UTF-8 (RFC 6532), or older."""
    if raw.isascii():
        return raw
    return decode_bytes(raw.encode("utf-8", "surrogateescape"), "utf-8")


def _decode_words(value: str) -> str:
    out: list[str] = []
    charset, pending, end = "", b"", 0
    for word in _ENCODED_WORD.finditer(value):
        content = _decode_content(word[2].lower(), word[3])
        if content is None:
            continue
        between = value[end : word.start()]
        is_joined = bool(pending) and not between.strip()
        if not is_joined or word[1].lower() != charset:
            out += [_decode_pending(pending, charset), "" if is_joined else between]
            pending = b""
        charset, pending, end = word[1].lower(), pending + content, word.end()
    return "".join([*out, _decode_pending(pending, charset), value[end:]])


def _decode_pending(content: bytes, charset: str) -> str:
    # RFC 2231, section 5: a language may follow the charset.
    return decode_bytes(content, charset.partition("*")[0])


def _decode_content(encoding: str, text: str) -> bytes | None:
    """Returns the bytes of an encoded word, or None if it holds none."""
    if encoding == "q":
        return binascii.a2b_qp(text.encode("utf-8", "replace"), header=True) or None
    letters = text.strip().rstrip("=")
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True) or None
    except ValueError:
        return None
