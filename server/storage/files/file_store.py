"""A store of files: saves, reads and deletes streams of bytes under random keys."""

import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, AsyncIterator
from typing import Final

from msgspec import Struct

from common.errors import TooLarge, Unavailable

BLOCK_BYTES: Final = 262_144
"""Bytes that are written or read at once: one switch of threads for all of them."""
HEAD_BYTES: Final = 4_096
"""Bytes at the beginning of a file, from which its type is found."""
KEY: Final = re.compile(r"[0-9a-f]{32}")


class StoredFile(Struct, frozen=True):
    """A file in the store: its random key, bytes, SHA-256 in hexadecimal, and first bytes."""

    key: str
    size: int
    sha256: str
    head: bytes = b""


class FileMissing(Exception):
    """The store has no file under this key, though a row names it."""


class FileStore(ABC):
    """A store of files. Raises Unavailable where the disk or the service cannot do it."""

    @abstractmethod
    async def save(self, key: str, chunks: AsyncIterable[bytes], limit: int) -> StoredFile:
        """Saves a stream under a new key, durably; nothing of it stays if it fails.

        Raises TooLarge for more than `limit` bytes, and what `chunks` raises.
        """

    @abstractmethod
    def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """Reads the bytes from `start` up to `stop`. Raises FileMissing at the first chunk."""

    @abstractmethod
    async def delete(self, key: str) -> None:
        """Deletes a file; one that is gone already counts as deleted."""

    @abstractmethod
    async def check(self) -> None:
        """Checks that files can be stored. Raises Unavailable with the reason."""

    def close(self) -> None:  # noqa: B027 - a store without threads has nothing to end
        """Ends the threads of the store."""


def generate_file_key() -> str:
    """Returns a key that nobody can guess and that names nothing."""
    return secrets.token_hex(16)


def make_file_path(key: str) -> str:
    """Returns the place of a key: fan-out folders, so that none has too many entries."""
    if not KEY.fullmatch(key):
        raise FileMissing(key)
    return f"{key[:2]}/{key[2:4]}/{key}"


def make_size_refusal(limit: int) -> TooLarge:
    """Returns the refusal of a file that is larger than `limit` bytes."""
    return TooLarge(f"A file may have at most {limit} bytes here.")


def make_store_refusal(reason: str) -> Unavailable:
    """Returns the refusal where the disk or the service fails; `reason` goes to the caller."""
    return Unavailable(f"Files cannot be stored or read right now: {reason}.", retry_after=10)
