"""Decodes base64 (RFC 2045, section 6.8) without losing what stands beside it. Pure."""

import base64
import binascii
import re
from typing import Final

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_SHORTEST_LINE: Final = 4
_FOREIGN: Final = re.compile(rb"[^A-Za-z0-9+/]+")


def decode_base64(content: bytes) -> bytes:
    """Returns the decoded bytes, then the lines that are none, as a list's footer below a mail.

    Single wrong characters are left out. If most of the content is no base64, it is returned as
    it stands.
    """
    if not content.translate(None, _ALPHABET + b"\r\n"):
        return _decode(content)
    encoded: list[bytes] = []
    others: list[bytes] = []
    for line in content.splitlines():
        (encoded if _is_encoded(line.strip()) else others).append(line)
    first = content.lstrip().partition(b"\n")[0].strip()
    if not _is_encoded(first) or len(first) < _SHORTEST_LINE:
        return content
    return b"\n".join(filter(None, [_decode(b"".join(encoded)), *others])) or content


def _is_encoded(line: bytes) -> bool:
    return b" " not in line and len(line.translate(None, _ALPHABET)) * 8 <= len(line)


def _decode(content: bytes) -> bytes:
    try:
        return base64.b64decode(content, validate=False)
    except (binascii.Error, ValueError):
        letters = _FOREIGN.sub(b"", content)
        usable = letters[: len(letters) - (len(letters) % 4 == 1)]
        return base64.b64decode(usable + b"=" * (-len(usable) % 4))
