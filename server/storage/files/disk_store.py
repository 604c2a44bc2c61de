"""Files on disk, written to a temporary name, synced and renamed: a crash leaves no half."""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, ParamSpec, TypeVar

from server.private_files import OWNER_ONLY_MODE, sync_to_disk
from server.storage.files.file_store import (
    BLOCK_BYTES,
    HEAD_BYTES,
    FileMissing,
    FileStore,
    StoredFile,
    make_file_path,
    make_size_refusal,
    make_store_refusal,
)

P = ParamSpec("P")
R = TypeVar("R")
_THREADS: Final = 4
_FOLDER_MODE: Final = 0o700
INCOMING: Final = "incoming"
"""The folder of files that are still being written, or were when the server crashed."""


class DiskStore(FileStore):
    """Stores files in a folder that only its owner may read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._threads = ThreadPoolExecutor(_THREADS, "files")

    async def save(self, key: str, chunks: AsyncIterable[bytes], limit: int) -> StoredFile:
        incoming = await self._run(IncomingFile, self.root, key, limit)
        block: list[bytes] = []
        waiting = 0
        try:
            async for chunk in chunks:
                block.append(chunk)
                waiting += len(chunk)
                if waiting >= BLOCK_BYTES:
                    await self._run(incoming.write, block)
                    block, waiting = [], 0
            await self._run(incoming.write, block)
            return await self._run(incoming.finish)
        finally:
            incoming.discard()

    async def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        file = await self._run(_open_file, self._path_of(key), start)
        left = None if stop is None else max(0, stop - start)
        try:
            while left != 0:
                size = BLOCK_BYTES if left is None else min(BLOCK_BYTES, left)
                block = await self._run(file.read, size)
                if not block:
                    return
                yield block
                left = None if left is None else left - len(block)
        finally:
            file.close()

    async def delete(self, key: str) -> None:
        for path in (self._path_of(key), self.root / INCOMING / key):
            await self._run(partial(path.unlink, missing_ok=True))

    async def check(self) -> None:
        await self._run(_prepare_root, self.root)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _path_of(self, key: str) -> Path:
        return self.root / make_file_path(key)

    async def _run(self, step: Callable[P, R], *args: P.args, **named: P.kwargs) -> R:
        """Runs a step on a thread: the event loop never waits for the disk."""
        call = partial(_run_step, partial(step, *args, **named))
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


class IncomingFile:
    """A file that is being written; it is in its place only after `finish`."""

    def __init__(self, root: Path, key: str, limit: int) -> None:
        self._place = root / make_file_path(key)
        self._key = key
        self._limit = limit
        self._part = root / INCOMING / key
        self._hash = hashlib.sha256()
        self._head = b""
        self._size = 0
        _make_folder(self._part.parent)
        self._file = _create_file(self._part)

    def write(self, chunks: list[bytes]) -> None:
        """Appends chunks. Raises TooLarge."""
        for chunk in chunks:
            self._size += len(chunk)
            if self._size > self._limit:
                raise make_size_refusal(self._limit)
            if len(self._head) < HEAD_BYTES:
                self._head += chunk[: HEAD_BYTES - len(self._head)]
            self._hash.update(chunk)
            self._file.write(chunk)

    def finish(self) -> StoredFile:
        """Syncs the file and moves it to its place."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        _make_folder(self._place.parent)
        self._part.rename(self._place)
        sync_to_disk(self._place.parent)
        return StoredFile(self._key, self._size, self._hash.hexdigest(), self._head)

    def discard(self) -> None:
        """Removes what was written, unless it is finished."""
        self._file.close()
        with suppress(OSError):
            self._part.unlink(missing_ok=True)


def _run_step(step: Callable[[], R]) -> R:
    """Runs a step, and words the failures of the disk."""
    with _worded_failures():
        return step()


@contextmanager
def _worded_failures() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise FileMissing(str(error.filename)) from error
    except OSError as error:
        raise make_store_refusal(os.strerror(error.errno or errno.EIO)) from error


def _create_file(path: Path) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    return os.fdopen(os.open(path, flags, OWNER_ONLY_MODE), "wb", BLOCK_BYTES)


def _open_file(path: Path, start: int) -> BinaryIO:
    file = path.open("rb", buffering=0)
    file.seek(start)
    return file


def _make_folder(folder: Path) -> None:
    """Makes a folder with those above it, so that they survive a power failure, too."""
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(_FOLDER_MODE)
    sync_to_disk(folder.parent)


def _prepare_root(root: Path) -> None:
    _make_folder(root / INCOMING)
    root.chmod(_FOLDER_MODE)
