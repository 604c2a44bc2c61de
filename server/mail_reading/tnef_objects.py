"""Reads the objects and MAPI properties of TNEF (MS-OXTNEF), within the bounds of the data. Pure.

The library for it believes the counts in the data: a few bytes can keep it busy for hours.
"""

import struct
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

SIGNATURE: Final = 0x223E9F78
ATTACHMENT_LEVEL: Final = 2
_HEAD_BYTES: Final = 6
_OBJECT: Final = struct.Struct("<BHHI")
_CHECKSUM_BYTES: Final = 2
_PADDING: Final = b"\0\r\n"
_MOST_OBJECTS: Final = 5_000
_MOST_PROPERTIES: Final = 2_000
_MULTIPLE: Final = 0x1000
_NAMED: Final = 0x8000
_FIXED_BYTES: Final = {
    **dict.fromkeys((0x02, 0x03, 0x04, 0x0A, 0x0B), 4),
    **dict.fromkeys((0x05, 0x06, 0x07, 0x14, 0x40), 8),
    0x48: 16,
}
"""Bytes of a value by its type; two-byte values are padded to four."""
_VARIABLE: Final = {0x00, 0x0D, 0x1E, 0x1F, 0x102}
_UNICODE: Final = 0x1F


class TnefObject(Struct, frozen=True):
    """An attribute of the message, or of the attachment that was begun before it."""

    level: int
    name: int
    content: bytes


class MapiProperty(Struct, frozen=True):
    """A property with its first value."""

    name: int
    content: bytes
    is_unicode: bool

    @property
    def text(self) -> bytes:
        """The value as UTF-8, or in an unknown charset."""
        if self.is_unicode:
            return self.content.decode("utf-16-le", "replace").rstrip("\0").encode()
        return self.content.rstrip(b"\0")


def is_tnef(content: bytes) -> bool:
    """Returns whether the bytes begin as TNEF does."""
    return content[:4] == SIGNATURE.to_bytes(4, "little")


def is_whole(content: bytes) -> bool:
    """Returns whether the objects end where the bytes do, but for padding."""
    end = _HEAD_BYTES
    for found in list_objects(content):
        end += _OBJECT.size + len(found.content) + _CHECKSUM_BYTES
    return end <= len(content) and not content[end:].strip(_PADDING)


def list_objects(content: bytes) -> Iterator[TnefObject]:
    """Yields the objects, as far as they are whole."""
    offset = _HEAD_BYTES
    for _ in range(_MOST_OBJECTS):
        if offset + _OBJECT.size > len(content):
            return
        level, name, _, size = _OBJECT.unpack_from(content, offset)
        start = offset + _OBJECT.size
        offset = start + size + _CHECKSUM_BYTES
        yield TnefObject(level, name, content[start : start + size])


def list_properties(content: bytes) -> Iterator[MapiProperty]:
    """Yields the properties, and raises struct.error at the first that is not whole."""
    (count,) = struct.unpack_from("<I", content)
    offset = 4
    for _ in range(min(count, _MOST_PROPERTIES)):
        kind, name = struct.unpack_from("<HH", content, offset)
        offset += 4
        if name & _NAMED:
            offset = _skip_name(content, offset)
        values, offset = _read_values(content, offset, kind)
        if values:
            yield MapiProperty(name, values[0], kind & ~_MULTIPLE == _UNICODE)


def _skip_name(content: bytes, offset: int) -> int:
    (is_text,) = struct.unpack_from("<16xI", content, offset)
    offset += 20
    (length,) = struct.unpack_from("<I", content, offset)
    return offset + 4 + (_pad(length) if is_text else 0)


def _read_values(content: bytes, offset: int, kind: int) -> tuple[list[bytes], int]:
    plain = kind & ~_MULTIPLE
    count = 1
    if kind & _MULTIPLE or plain in _VARIABLE:
        (count,) = struct.unpack_from("<I", content, offset)
        offset += 4
    values: list[bytes] = []
    for _ in range(min(count, _MOST_PROPERTIES)):
        if plain in _VARIABLE:
            (size,) = struct.unpack_from("<I", content, offset)
            offset += 4
        elif plain in _FIXED_BYTES:
            size = _FIXED_BYTES[plain]
        else:
            raise struct.error("unknown type")
        values.append(content[offset : offset + size])
        offset += _pad(size)
        if offset > len(content) + 3:
            raise struct.error("beyond the end")
    return values, offset


def _pad(length: int) -> int:
    return length + -length % 4
