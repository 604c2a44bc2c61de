"""Reads a body of `multipart/form-data` (RFC 7578): fields in memory, files into the storage.

Files are saved as they arrive, a block at a time. A slow upload may take long, as long as it does
not stand still.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from msgspec import Struct

from common.endpoint import MULTIPART
from common.errors import FieldError, Invalid, Malformed, RequestTimeout, TooLarge, WrongMediaType
from server.clock import monotonic_seconds
from server.domain.file_types import detect_file_type
from server.rest.core.request_body import REQUEST_TIMEOUT
from server.storage.files.attachment_storage import AttachmentStorage
from server.storage.files.file_store import StoredFile

FILE_FIELD: Final = "file"
"""The name of the parts that are files; every other part is a field of the command."""
_READ_BYTES: Final = 262_144
_FORM_BYTES: Final = 65_536
"""Bytes that the marks and headers of the parts may have beside fields and files."""
_MAX_FIELDS: Final = 100
"""Parts beside the files; no form of ours has so many fields."""
_MIN_BYTES_A_SECOND: Final = 16_384
_MAX_SECONDS: Final = 12 * 3600
"""Seconds of an upload at most: half of what an upload is kept without being attached."""
_PLAIN_ENCODINGS: Final = frozenset({"", "7bit", "8bit", "binary"})


class UploadLimits(Struct, frozen=True):
    """The limits of an upload: bytes of a file, number of files, bytes of all fields together."""

    file_bytes: int
    files: int
    field_bytes: int

    @property
    def body_bytes(self) -> int:
        """The most bytes that a body within these limits can have."""
        return self.file_bytes * self.files + self.field_bytes + _FORM_BYTES


class UploadedFile(Struct, frozen=True):
    """A file of an upload as it was sent, and as the storage has it."""

    name: str
    declared: str
    stored: StoredFile


class UploadedForm(Struct, frozen=True):
    """The fields of an upload, each with its texts, and its files."""

    fields: dict[str, list[str]]
    files: list[UploadedFile]

    @property
    def keys(self) -> list[str]:
        """The keys of the files in the storage."""
        return [file.stored.key for file in self.files]


async def read_upload(
    request: web.Request,
    files: AttachmentStorage,
    org_id: int,
    limits: UploadLimits,
    form: UploadedForm | None = None,
) -> UploadedForm:
    """Returns the fields and the saved files of a body.

    An empty `form` that is given has what was read before a refusal: then no body is refused by its
    length alone. Raises WrongMediaType, TooLarge, RequestTimeout, Malformed, Invalid for too many
    files, and Unavailable. Nothing that was saved stays then.
    """
    if request.content_type != MULTIPART:
        raise WrongMediaType("Send the body as multipart/form-data.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise WrongMediaType("Send the body as it is, without a Content-Encoding.")
    if form is None and (request.content_length or 0) > limits.body_bytes:
        raise TooLarge(f"The body may have at most {limits.body_bytes} bytes here.")
    form = UploadedForm({}, []) if form is None else form
    reading = _UploadReader(request, files, org_id, limits, form)
    try:
        await reading.read_parts()
    except Exception:
        await files.discard(org_id, form.keys)
        form.files.clear()
        raise
    return form


class _UploadReader:
    """Reads one body into a form, within its limits of size and time."""

    def __init__(
        self,
        request: web.Request,
        files: AttachmentStorage,
        org_id: int,
        limits: UploadLimits,
        form: UploadedForm,
    ) -> None:
        self._request = request
        self._files = files
        self._org_id = org_id
        self._limits = limits
        self._form = form
        self._parts = 0
        self._field_bytes = 0
        self._received = 0
        self._started = monotonic_seconds()
        self._stall_seconds = request.app[REQUEST_TIMEOUT]

    async def read_parts(self) -> None:
        try:
            reader = await self._request.multipart()
            while (part := await self._next_part(reader)) is not None:
                self._parts += 1
                if self._parts > self._limits.files + _MAX_FIELDS:
                    raise TooLarge("The form has more parts than this server takes.")
                await self._read_part(part)
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError) as error:
            raise Malformed("The body is not encoded as its headers say.") from error
        except (ValueError, AssertionError) as error:
            # aiohttp's reader has no errors of its own.
            raise Malformed("The body is not a whole multipart/form-data document.") from error

    async def _next_part(self, reader: MultipartReader) -> BodyPartReader | None:
        with self._worded_timeout():
            async with asyncio.timeout(self._stall_seconds):
                part = await reader.next()
        if part is None or isinstance(part, BodyPartReader):
            return part
        raise Malformed("A part must not be a multipart document itself.")

    async def _read_part(self, part: BodyPartReader) -> None:
        encoding = part.headers.get("Content-Transfer-Encoding", "").strip().lower()
        if encoding not in _PLAIN_ENCODINGS:
            raise Malformed("A part must be sent as it is, without a Content-Transfer-Encoding.")
        if not part.name:
            raise Malformed("Every part needs a name in its Content-Disposition.")
        name = _repair_text(part.name)
        if name == FILE_FIELD:
            await self._save_file(part)
        else:
            text = await self._read_field(part)
            self._form.fields.setdefault(name, []).append(text)

    async def _save_file(self, part: BodyPartReader) -> None:
        chunks = self._read_chunks(part)
        first = await anext(chunks, b"")
        if not first and not part.filename:
            return  # browsers send such a part where no file was chosen (WHATWG HTML, 4.10.21.4)
        if len(self._form.files) >= self._limits.files:
            says = f"at most {self._limits.files} files"
            raise Invalid(FieldError(says, pointer=f"/{FILE_FIELD}"))
        stored = await self._files.save(
            self._org_id, _join_chunks(first, chunks), self._limits.file_bytes
        )
        name = _unquote_name(_repair_text(part.filename or ""))
        declared = _repair_text(part.headers.get("Content-Type", ""))
        # Found here, not in the transaction that needs it.
        detect_file_type(stored.head, name, declared)
        self._form.files.append(UploadedFile(name, declared, stored))

    async def _read_field(self, part: BodyPartReader) -> str:
        text = bytearray()
        async for chunk in self._read_chunks(part):
            self._field_bytes += len(chunk)
            if self._field_bytes > self._limits.field_bytes:
                raise TooLarge("The fields of the body are larger than this server takes.")
            text += chunk
        return text.decode()

    async def _read_chunks(self, part: BodyPartReader) -> AsyncIterator[bytes]:
        """Reads a part. Raises RequestTimeout where it stands still, or is too slow by far."""
        while True:
            with self._worded_timeout():
                async with asyncio.timeout(self._stall_seconds):
                    chunk = await part.read_chunk(_READ_BYTES)
            if not chunk:
                return
            self._received += len(chunk)
            self._check_pace()
            yield chunk

    @contextmanager
    def _worded_timeout(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            says = f"No part of the body came within {self._stall_seconds:g} s."
            raise RequestTimeout(says) from error

    def _check_pace(self) -> None:
        seconds = monotonic_seconds() - self._started
        allowed = self._stall_seconds + self._received / _MIN_BYTES_A_SECOND
        if seconds > min(allowed, _MAX_SECONDS):
            raise RequestTimeout(f"The body came with less than {_MIN_BYTES_A_SECOND} bytes/s.")


async def _join_chunks(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _repair_text(text: str) -> str:
    """Returns a header's text with marks in the place of bytes that are no UTF-8.

    aiohttp keeps such bytes as halves of surrogate pairs, which nothing can encode.
    """
    return text.encode(errors="surrogateescape").decode(errors="replace")


def _unquote_name(name: str) -> str:
    """Returns a name in which browsers have escaped the quote (WHATWG HTML, 4.10.21.8)."""
    return name.replace("%22", '"')
