"""Rolls finished days up for reports, one at a time.

Safe on every server of a cluster: each step is a unit of work, and does nothing that another server
has done. Reports are exact with rolled-up days and without.
"""

import asyncio
from typing import Final

from server.clock import Clock
from server.desk.desk import Desk
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import to_microseconds
from server.jobs.worker import BackgroundWorker
from server.storage.engine.database import Database
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.reports import daily_rollups, rollup_computation
from server.storage.queries.reports.daily_rollups import DAY

POLL_SECONDS: Final = 10.0
_STEP_PAUSE_SECONDS: Final = 0.01
_BATCH_SIZE: Final = 100


class ReportRollupJob:
    """Looks for days to roll up every `POLL_SECONDS`."""

    def __init__(self, database: Database, desk: Desk, clock: Clock) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock
        self._worker = BackgroundWorker("report rollup", self._run_step, POLL_SECONDS)

    def start(self) -> None:
        self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()

    async def roll_up_days(self) -> None:
        """Rolls up every finished day that is not yet rolled up."""
        today = to_microseconds(self._clock()) // DAY
        behind = await self._database.read_snapshot(
            lambda reading: daily_rollups.list_organizations_to_roll_up(reading, today, _BATCH_SIZE)
        )
        for org_id in behind:
            await self._roll_up_organization(org_id, today)
        for org_id, day in await self._database.read_snapshot(
            lambda it: daily_rollups.list_reopened_days(it, _BATCH_SIZE)
        ):
            await self._roll_up_day_again(org_id, day)
            await asyncio.sleep(_STEP_PAUSE_SECONDS)

    async def _roll_up_organization(self, org_id: int, today: int) -> None:
        more = True
        while more:
            # One day for each transaction, so that other writers go in between.
            more = await self._desk.write(
                make_system_actor(org_id), lambda work: _roll_up_next_day(work, today)
            )
            await asyncio.sleep(_STEP_PAUSE_SECONDS)

    async def _roll_up_day_again(self, org_id: int, day: int) -> None:
        await self._desk.write(
            make_system_actor(org_id),
            lambda work: rollup_computation.roll_up_day(work.writing, work.sequence, day),
        )

    async def _run_step(self) -> bool:
        await self.roll_up_days()
        return False


def _roll_up_next_day(work: UnitOfWork, today: int) -> bool:
    return rollup_computation.roll_up_next_day(work.writing, work.sequence, today)
