"""Saves files of attachments so that none is lost and none stays for ever.

Before a file is written, a row has it deleted after a day. The transaction that attaches the file
takes that row away; a crash between the two leaves the row, and so no file that nobody knows.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Final

from server.clock import Clock
from server.domain.timestamps import to_microseconds
from server.storage.engine.database import Database
from server.storage.engine.transaction import WriteTransaction
from server.storage.files.file_store import (
    BLOCK_BYTES,
    FileStore,
    StoredFile,
    generate_file_key,
)
from server.storage.queries.attachment import file_deletions

KEPT_SECONDS: Final = 24 * 3600
"""Seconds for which an upload is kept without being attached."""


class AttachmentStorage:
    """The files of an installation; `ceiling` is the operator's limit of one file, in bytes."""

    def __init__(self, database: Database, store: FileStore, clock: Clock, ceiling: int) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self.ceiling = ceiling

    def limit_size(self, organization_limit: int) -> int:
        """Returns the limit of a file: the organization's, at most the operator's."""
        return min(organization_limit, self.ceiling)

    async def save(self, org_id: int, chunks: AsyncIterable[bytes], limit: int) -> StoredFile:
        """Saves a stream, durably, for the transaction that attaches it within a day.

        Raises TooLarge beyond `limit` or the ceiling, Unavailable, and what `chunks` raises.
        """
        key = generate_file_key()
        due_at = to_microseconds(self._clock()) + KEPT_SECONDS * 1_000_000

        def plan(writing: WriteTransaction) -> None:
            file_deletions.plan_deletion(writing, org_id, key, due_at)

        await self._database.write(plan)
        try:
            return await self._store.save(key, chunks, self.limit_size(limit))
        except Exception:
            await self.discard(org_id, [key])
            raise

    async def save_bytes(self, org_id: int, content: bytes, limit: int) -> StoredFile:
        """Saves a file that is in memory already, such as one of a mail. Raises as `save`."""
        return await self.save(org_id, _split_bytes(content), limit)

    def read(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """Reads the bytes from `start` up to `stop`. Raises FileMissing at the first chunk."""
        return self._store.read(key, start, stop)

    async def discard(self, org_id: int, keys: Iterable[str]) -> None:
        """Has uploads deleted soon that nothing will attach. Raises Unavailable."""
        unused = list(keys)

        def hasten(writing: WriteTransaction) -> None:
            for key in unused:
                file_deletions.hasten_deletion(writing, org_id, key)

        if unused:
            await self._database.write(hasten)

    async def delete_due_files(self, limit: int) -> int:
        """Deletes files that are to be deleted by now; returns how many. Raises Unavailable."""
        now = to_microseconds(self._clock())
        due = await self._database.read_one(
            lambda reading: file_deletions.list_due_deletions(reading, now, limit)
        )
        for it in due:
            await self._store.delete(it.key)

        def forget(writing: WriteTransaction) -> None:
            for it in due:
                file_deletions.cancel_deletion(writing, it.org_id, it.key)

        if due:
            await self._database.write(forget)
        return len(due)

    async def check(self) -> None:
        """Checks that files can be stored. Raises Unavailable with the reason."""
        await self._store.check()

    def close(self) -> None:
        """Ends the threads of the store."""
        self._store.close()


async def _split_bytes(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), BLOCK_BYTES):
        yield content[start : start + BLOCK_BYTES]
