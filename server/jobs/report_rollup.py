"""Packs finished days for reports, one at a time.

Safe on every server of a cluster: each step is a unit of work, and does nothing that another server
has done. Reports are exact with packed days and without.
"""

import asyncio
from typing import Final

from server.clock import Clock
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.domain.timestamps import to_microseconds
from server.jobs.worker import BackgroundWorker
from server.storage.engine.database import Database
from server.storage.queries.name_resolver import make_system_actor
from server.storage.queries.reports import day_packing, packed_days
from server.storage.queries.reports.packed_days import DAY

POLL_SECONDS: Final = 10.0
_STEP_PAUSE_SECONDS: Final = 0.01
_BATCH_SIZE: Final = 100


class ReportPacker:
    """Looks for days to pack every `POLL_SECONDS`."""

    def __init__(self, database: Database, desk: Desk, clock: Clock) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock
        self._worker = BackgroundWorker("report packer", self._run_step, POLL_SECONDS)

    def start(self) -> None:
        self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()

    async def pack_days(self) -> None:
        """Packs every finished day that is not packed."""
        today = to_microseconds(self._clock()) // DAY
        behind = await self._database.read_snapshot(
            lambda reading: packed_days.list_organizations_to_pack(reading, today, _BATCH_SIZE)
        )
        for org_id in behind:
            await self._pack_organization(org_id, today)
        for org_id, day in await self._database.read_snapshot(
            lambda it: packed_days.list_reopened_days(it, _BATCH_SIZE)
        ):
            await self._repack_day(org_id, day)
            await asyncio.sleep(_STEP_PAUSE_SECONDS)

    async def _pack_organization(self, org_id: int, today: int) -> None:
        more = True
        while more:
            # One day for each transaction, so that other writers go in between.
            more = await self._desk.write(
                make_system_actor(org_id), lambda work: _pack_next_day(work, today)
            )
            await asyncio.sleep(_STEP_PAUSE_SECONDS)

    async def _repack_day(self, org_id: int, day: int) -> None:
        await self._desk.write(
            make_system_actor(org_id),
            lambda work: day_packing.pack_day(work.writing, work.sequence, day),
        )

    async def _run_step(self) -> bool:
        await self.pack_days()
        return False


def _pack_next_day(work: UnitOfWork, today: int) -> bool:
    return day_packing.pack_next_day(work.writing, work.sequence, today)
