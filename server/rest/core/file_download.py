"""Downloads of attachments: streamed, in ranges, and never run or shown by a browser."""

from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import quote

import structlog
from aiohttp import web
from msgspec import Struct

from common.errors import NotFound
from server.rest.core.byte_range import ByteRange, parse_byte_range
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.files.attachment_storage import AttachmentStorage
from server.storage.files.file_store import FileMissing
from server.storage.queries.attachment.attachments import Attachment

_WRITE_BYTES: Final = 65_536
"""Bytes that are written at once: a slow reader must get on with them before the time limit."""
_SAFE_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
    "Accept-Ranges": "bytes",
}
"""Headers of every file: it is a stranger's, so nothing in it runs (RFC 9110; CSP level 3)."""
log = structlog.get_logger()


class FileResponse(ApiResponse, frozen=True):
    """A response whose body is read while it is sent."""

    chunks: AsyncIterator[bytes] | None = None

    def to_web_response(self) -> web.Response:
        return web.Response(body=self.chunks, status=self.status, headers=self.headers)


class FileRequest(Struct, frozen=True):
    """A request for a file: the whole or a range, to be saved or shown."""

    attachment: Attachment
    wanted: ByteRange | None
    inline: bool

    @property
    def status(self) -> int:
        return 200 if self.wanted is None else 206

    @property
    def span(self) -> ByteRange:
        """The bytes to send."""
        return self.wanted or ByteRange(0, self.attachment.size)

    def make_headers(self) -> dict[str, str]:
        """Returns all headers of the response."""
        it, span = self.attachment, self.span
        headers = {
            **_SAFE_HEADERS,
            "Content-Type": it.content_type,
            "Content-Length": str(span.stop - span.start),
            "Content-Disposition": format_disposition(it.name, inline=self.inline and it.is_image),
            "ETag": f'"{it.sha256}"',
        }
        if self.wanted is not None:
            headers["Content-Range"] = span.format_header(it.size)
        return headers


async def make_file_response(
    call: RequestContext, files: AttachmentStorage, it: Attachment, *, inline: bool
) -> ApiResponse:
    """Returns an attachment to its reader, who may see it: the caller has checked that.

    Raises RangeNotSatisfiable, Unavailable, and NotFound where the store lost the file.
    """
    request = FileRequest(it, _find_range(call.request, it), inline)
    plain = call.apply_if_none_match(ApiResponse(request.status, headers=request.make_headers()))
    if plain.status == web.HTTPNotModified.status_code or call.request.method == "HEAD":
        return FileResponse(plain.status, headers=plain.headers)
    chunks = await _open_chunks(files, it, request.span)
    return FileResponse(plain.status, headers=plain.headers, chunks=chunks)


def format_disposition(name: str, *, inline: bool) -> str:
    """Returns the value of `Content-Disposition` (RFC 6266), with any name (RFC 8187)."""
    kind = "inline" if inline else "attachment"
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_"
        for letter in name
    )
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _find_range(request: web.Request, it: Attachment) -> ByteRange | None:
    """Returns the range that is asked for, unless it is one of an older file (`If-Range`)."""
    if request.headers.get("If-Range", f'"{it.sha256}"') != f'"{it.sha256}"':
        return None
    return parse_byte_range(request.headers.get("Range"), it.size)


async def _open_chunks(
    files: AttachmentStorage, it: Attachment, span: ByteRange
) -> AsyncIterator[bytes]:
    """Returns the bytes; the first are read here, while a refusal can still be sent."""
    chunks = files.read(it.key, span.start, span.stop)
    try:
        first = await anext(chunks, b"")
    except FileMissing as error:
        log.error("file missing", attachment=it.id, key=it.key)  # noqa: TRY400 - the key says all
        raise NotFound("The file is missing from the store: tell the operator.") from error
    return _split_chunks(first, chunks)


async def _split_chunks(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    chunk: bytes | None = first
    while chunk is not None:
        view = memoryview(chunk)
        for start in range(0, len(view), _WRITE_BYTES):
            yield bytes(view[start : start + _WRITE_BYTES])
        chunk = await anext(rest, None)
