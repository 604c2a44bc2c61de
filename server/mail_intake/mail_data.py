"""Reads the data of a mail from SMTP's `DATA` command, in pieces instead of line by line."""

import asyncio
from typing import Final

_END: Final = b"\r\n.\r\n"
_LINE: Final = b"\r\n"
_STUFFED: Final = b"\r\n."
_LARGE_BYTES: Final = 1_000_000
_BEYOND: Final = len(_END) - len(_LINE)
"""Bytes of the end that are no part of the mail."""


async def read_mail_data(reader: asyncio.StreamReader, limit: int) -> bytes | None:
    """Returns a mail up to its end (RFC 5321, section 4.5.2); None for more than `limit` bytes.

    A mail that is too large is read to its end all the same: only then is it answered. Raises
    IncompleteReadError where the connection ends before the mail.
    """
    head = await _read_head(reader)
    if head is None:
        return b""
    parts, size, is_complete = [head], len(head), head.endswith(_END)
    while not is_complete:
        try:
            part = await reader.readuntil(_END)
            is_complete = True
        except asyncio.LimitOverrunError as overrun:
            part = await reader.readexactly(overrun.consumed)
        size += len(part)
        parts = [*parts, part] if size <= limit + _BEYOND else []
    if size > limit + _BEYOND:
        return None
    if size < _LARGE_BYTES:
        return _remove_stuffing(parts)
    return await asyncio.to_thread(_remove_stuffing, parts)


def _remove_stuffing(parts: list[bytes]) -> bytes:
    """Returns the mail without its end: each line that began with a dot got another one before it.

    It is taken in pieces that begin with a line break, so that no step takes long.
    """
    *earlier, last = parts
    done, pending = [], [_LINE]
    for part in (*earlier, last[: -len(_END) + len(_LINE)]):
        cut = part.rfind(_LINE)
        if cut > 0:
            done.append(b"".join([*pending, part[:cut]]).replace(_STUFFED, _LINE))
            pending = []
        pending.append(part[max(cut, 0) :])
    done.append(b"".join(pending).replace(_STUFFED, _LINE))
    done[0] = done[0][len(_LINE) :]
    return b"".join(done)


async def _read_head(reader: asyncio.StreamReader) -> bytes | None:
    """Returns the first lines, behind which the end cannot have begun; None for an empty mail.

    The end is searched for with the line break before it, which must not be read yet.
    """
    head = bytearray()
    while True:
        line = await _read_line(reader)
        if line == b".\r\n":
            return bytes(head[:-2] + _END) if head else None
        head += line
        first = await reader.readexactly(1)
        if first not in {b".", b"\r"}:
            return bytes(head + first)
        line = await _read_line(reader, first)
        if line == b".\r\n":
            return bytes(head[:-2] + _END)
        head += line


async def _read_line(reader: asyncio.StreamReader, start: bytes = b"") -> bytes:
    """Returns a line with its end, of which the `start` was read already."""
    line = bytearray(start)
    while line.endswith(b"\r"):
        line += await reader.readexactly(1)
    while not line.endswith(_LINE):
        try:
            line += await reader.readuntil(_LINE)
        except asyncio.LimitOverrunError as overrun:
            line += await reader.readexactly(overrun.consumed)
    return bytes(line)
