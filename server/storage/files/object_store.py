"""Files in S3-compatible storage, through obstore.

Endpoint, region and credentials come from the environment (`AWS_ENDPOINT_URL`, `AWS_REGION`,
`AWS_ACCESS_KEY_ID` and so on), as for every S3 client.
"""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from server.storage.files.file_store import (
    HEAD_BYTES,
    FileMissing,
    FileStore,
    StoredFile,
    make_file_path,
    make_size_refusal,
    make_store_refusal,
)

_PART_BYTES: Final = 5 * 1024 * 1024
"""Bytes of a part of an upload: the least that S3 takes."""
_RANGE_BYTES: Final = 2 * 1024 * 1024
"""Bytes of one request of a download: a slow reader must not hold one open until it times out."""
_PROBE: Final = "deskwire-probe"


class ObjectFileStore(FileStore):
    """Stores files as objects of a bucket, below the prefix of `store`."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def save(self, key: str, chunks: AsyncIterable[bytes], limit: int) -> StoredFile:
        digest, head, size = hashlib.sha256(), b"", 0
        writer = obstore.open_writer_async(
            self._store, make_file_path(key), buffer_size=_PART_BYTES, max_concurrency=1
        )
        # Left by an exception, the writer completes nothing: there is no object.
        try:
            with _worded_failures():
                async with writer as upload:
                    async for chunk in _mark_failures(chunks):
                        size += len(chunk)
                        if size > limit:
                            raise make_size_refusal(limit)
                        head += chunk[: HEAD_BYTES - len(head)]
                        digest.update(chunk)
                        await upload.write(chunk)
        except _SourceFailed as error:
            raise error.__cause__ or error from None
        return StoredFile(key, size, digest.hexdigest(), head)

    async def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        path = make_file_path(key)
        with _worded_failures():
            if stop is None:
                stop = (await obstore.head_async(self._store, path))["size"]
            while start < stop:
                end = min(stop, start + _RANGE_BYTES)
                part = await obstore.get_range_async(self._store, path, start=start, end=end)
                yield bytes(part)
                start = end

    async def delete(self, key: str) -> None:
        try:
            with _worded_failures():
                await obstore.delete_async(self._store, make_file_path(key))
        except FileMissing:
            return

    async def check(self) -> None:
        with _worded_failures():
            await obstore.put_async(self._store, _PROBE, b"deskwire")


@contextmanager
def _worded_failures() -> Iterator[None]:
    """Words failures of the service in one line: obstore's own texts have many."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileMissing(_first_line(error)) from error
    except (BaseError, OSError) as error:
        raise make_store_refusal(_first_line(error)) from error


class _SourceFailed(Exception):
    """The stream that is saved failed, and not the service; its error is the cause."""


async def _mark_failures(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yields the chunks. Raises _SourceFailed for what they raise."""
    try:
        async for chunk in chunks:
            yield chunk
    except OSError as error:
        raise _SourceFailed from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
