"""The range of a download: `Range` with one range of bytes (RFC 9110, section 14)."""

import re
from typing import Final

from msgspec import Struct

from common.errors import RangeNotSatisfiable

_RANGE: Final = re.compile(r"\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)


class ByteRange(Struct, frozen=True):
    """Bytes from `start` up to `stop`, which is not part of them."""

    start: int
    stop: int

    def format_header(self, size: int) -> str:
        """Returns the value of `Content-Range`."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


def parse_byte_range(header: str | None, size: int) -> ByteRange | None:
    """Returns the range that a header asks for.

    None for the whole file: without a header, and for what is malformed or several ranges, which a
    server may ignore. Raises RangeNotSatisfiable.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = int(match[2])
        if length == 0 or size == 0:
            raise RangeNotSatisfiable(size)
        return ByteRange(max(0, size - length), size)
    start, stop = int(match[1]), min(size, int(match[2]) + 1 if match[2] else size)
    if match[2] and int(match[2]) < start:
        return None
    if start >= size:
        raise RangeNotSatisfiable(size)
    return ByteRange(start, stop)
