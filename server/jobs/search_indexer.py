"""Completes the search index after an upgrade, while this server is running."""

from functools import partial
from typing import Final

import structlog

from server.jobs.worker import BackgroundWorker
from server.storage.engine.database import Database
from server.storage.queries.search import search_backlog
from server.storage.queries.search.search_backlog import UnindexedOrganization

POLL_SECONDS: Final = 60.0
_LOG_EVERY: Final = 10_000
log = structlog.get_logger()


class SearchIndexer:
    """Indexes what is missing, organization by organization, and logs the progress."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._worker = BackgroundWorker("search indexer", self._run_step, POLL_SECONDS)
        self._done: dict[int, int] = {}

    def start(self) -> None:
        self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()

    async def _run_step(self) -> bool:
        """Indexes a batch of each organization: a small one does not wait for a large one."""
        waiting = await self._database.read_snapshot(search_backlog.list_unindexed_organizations)
        for organization in waiting:
            await self._index_organization(organization)
        return bool(waiting)

    async def _index_organization(self, it: UnindexedOrganization) -> None:
        if it.org_id not in self._done:
            self._done[it.org_id] = 0
            log.info("search index started", org=it.org_id, tickets_below=it.tickets_below)
        job = partial(search_backlog.index_next_batch, org_id=it.org_id)
        count = await self._database.write(job)
        before = self._done[it.org_id]
        self._done[it.org_id] = before + count
        if count == 0:
            log.info("search index complete", org=it.org_id)
        elif before // _LOG_EVERY != (before + count) // _LOG_EVERY:
            log.info("search index", org=it.org_id, tickets_below=it.tickets_below)
