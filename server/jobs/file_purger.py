"""Purges erased and redacted words from the database's files, not only from its rows.

The request is a row, written in the transaction that removes the words: no crash forgets it.
"""

import asyncio
from functools import partial
from typing import Final

import structlog

from server.jobs.worker import BackgroundWorker
from server.storage.engine import file_purge
from server.storage.engine.database import Database
from server.storage.queries.erasure import purge_requests

POLL_SECONDS: Final = 2.0
_MERGE_PAUSE_SECONDS: Final = 0.05
log = structlog.get_logger()


class FilePurger:
    """Purges the database's files in small steps, between which others write."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._worker = BackgroundWorker("file purger", self.purge_files, POLL_SECONDS)

    def start(self) -> None:
        self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()

    async def purge_files(self) -> bool:
        """Does what is requested; returns False: what readers prevent is done at the next poll."""
        until = await self._database.read_one(purge_requests.read_last_request)
        if until == purge_requests.NO_PURGE:
            return False
        path = self._database.path
        if path is None:
            await self._database.write(file_purge.renew_statistics)
        else:
            await self._merge_indexes()
            if not await asyncio.to_thread(file_purge.truncate_sqlite, path):
                return False
        await self._database.write(partial(purge_requests.mark_purge_done, until=until))
        log.info("purged", files=self._database.dialect)
        return False

    async def _merge_indexes(self) -> None:
        for index in file_purge.INDEXES:
            merge = partial(file_purge.merge_index_pages, index=index)
            more = await self._database.write(partial(merge, begin=True))
            while more:
                await asyncio.sleep(_MERGE_PAUSE_SECONDS)
                more = await self._database.write(partial(merge, begin=False))
