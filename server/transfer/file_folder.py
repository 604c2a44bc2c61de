"""The files of an export: a folder beside it, each file under the SHA-256 of its content.

So a file that is attached twice is there once, and an import can tell that it is whole.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import BinaryIO, Final

from common.errors import TooLarge
from server.private_files import open_private, replace_atomically
from server.storage.files.attachment_storage import AttachmentStorage
from server.storage.files.file_store import BLOCK_BYTES, FileMissing, FileStore, StoredFile
from server.storage.queries.attachment.attachments import Attachment
from server.transfer.file_format import FileEntry, OriginalEntry

_FOLDER_MODE: Final = 0o700
LARGEST_ORIGINAL: Final = 268_435_456
"""The most bytes of an original mail that are read into memory; a server takes less."""


def name_folder(file: str) -> Path:
    """Returns the folder that belongs to an export."""
    return Path(f"{file}.files")


class ExportFolder:
    """Collects the files of the lines that are written, and copies them afterwards."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._keys: dict[str, str] = {}
        self.listed = 0
        """The number of attachments in the lines."""
        self.missing = 0
        """The number of files that are not in the storage."""
        self.originals = 0
        """The number of original mails in the lines."""

    def list_file(self, file: Attachment) -> None:
        """Notes a file that a line names."""
        self.listed += 1
        self._keys[file.sha256] = file.key

    def keep_original(self, sha256: str, content: bytes) -> None:
        """Writes a mail that a line names, unless it is in the folder yet. Raises OSError."""
        self.originals += 1
        if self._folder is None or (self._folder / sha256).exists():
            return
        self._folder.mkdir(_FOLDER_MODE, exist_ok=True)
        place = self._folder / sha256
        with open_private(place.with_suffix(".part")) as out:
            out.write(content)
        replace_atomically(place.with_suffix(".part"), place)

    async def copy_files(self, store: FileStore) -> None:
        """Copies what is not in the folder yet. Raises OSError, Unavailable."""
        if self._folder is None or not self._keys:
            return
        self._folder.mkdir(_FOLDER_MODE, exist_ok=True)
        for sha256, key in self._keys.items():
            place = self._folder / sha256
            if not place.exists():
                try:
                    await _copy_file(store, key, place)
                except FileMissing:
                    self.missing += 1


async def _copy_file(store: FileStore, key: str, place: Path) -> None:
    part = place.with_suffix(".part")
    try:
        with open_private(part) as out:
            async for chunk in store.read(key):
                await asyncio.to_thread(out.write, chunk)
        replace_atomically(part, place)
    finally:
        part.unlink(missing_ok=True)


class ImportFolder:
    """Saves the files of a batch of lines for the transaction that attaches them."""

    def __init__(self, folder: Path, storage: AttachmentStorage, org_id: int) -> None:
        self._folder = folder
        self._storage = storage
        self._org_id = org_id

    async def load_files(self, files: Iterable[FileEntry]) -> "FileSupply":
        """Saves a copy for each attachment whose file is there and whole. Raises Unavailable."""
        loaded: dict[str, list[StoredFile]] = {}
        for file in files:
            stored = await self._load_file(file)
            if stored is not None:
                loaded.setdefault(file.sha256, []).append(stored)
        return FileSupply(loaded, self._folder)

    def count_files(self, files: Iterable[FileEntry]) -> "FileSupply":
        """Returns what a dry run needs: the files that are there, none of them saved."""
        there = [it for it in files if (self._folder / it.sha256).is_file()]
        nowhere = {it.sha256: [StoredFile("", it.size, it.sha256)] for it in there}
        copies = Counter(it.sha256 for it in there)
        counted = {name: found * copies[name] for name, found in nowhere.items()}
        return FileSupply(counted, self._folder, dry=True)

    async def discard_unused(self, supply: "FileSupply") -> None:
        """Has the copies deleted that no line has taken."""
        await self._storage.discard(self._org_id, supply.unused_keys)

    async def _load_file(self, file: FileEntry) -> StoredFile | None:
        path = self._folder / file.sha256
        if not path.is_file():
            return None
        with path.open("rb") as source:
            try:
                stored = await self._storage.save(
                    self._org_id, _read_blocks(source), self._storage.ceiling
                )
            except TooLarge:
                return None
        if stored.sha256 == file.sha256:
            return stored
        await self._storage.discard(self._org_id, [stored.key])
        return None


class FileSupply:
    """The saved files of a batch. Each run of the transaction begins with all of them.

    Original mails are read from the folder when they are written: the database holds their bytes.
    """

    def __init__(
        self,
        loaded: dict[str, list[StoredFile]],
        folder: Path | None = None,
        *,
        dry: bool = False,
    ) -> None:
        self._loaded = loaded
        self._folder = folder
        self._taken: Counter[str] = Counter()
        self.dry = dry

    def begin(self) -> None:
        """Gives everything back that an earlier run has taken."""
        self._taken.clear()

    def take(self, file: FileEntry) -> StoredFile | None:
        """Returns a copy for one attachment; None where its file is missing or damaged."""
        copies = self._loaded.get(file.sha256, [])
        at = self._taken[file.sha256]
        self._taken[file.sha256] += 1
        return copies[at] if at < len(copies) else None

    def read_original(self, mail: OriginalEntry) -> bytes | None:
        """Returns the bytes of a mail; None where they are missing, damaged or too many."""
        path = self._folder and self._folder / mail.sha256
        if path is None or mail.size > LARGEST_ORIGINAL:
            return None
        try:
            with path.open("rb") as source:
                content = source.read(LARGEST_ORIGINAL + 1)
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == mail.sha256 else None

    @property
    def unused_keys(self) -> list[str]:
        """The keys of copies that nothing has taken."""
        return [
            stored.key
            for sha256, copies in self._loaded.items()
            for stored in copies[self._taken[sha256] :]
            if stored.key
        ]


async def _read_blocks(source: BinaryIO) -> AsyncIterator[bytes]:
    while block := await asyncio.to_thread(source.read, BLOCK_BYTES):
        yield block
