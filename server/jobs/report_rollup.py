"""Packing: days that are over are packed for reports, a few at a time, while nobody waits.

Safe on every server of a cluster: each step is a turn of its organization, and does nothing where
another has done it already. Reports are exact with it and without.
"""

import asyncio
from typing import Final

from server.clock import Clock
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.jobs.worker import Worker
from server.storage.engine.database import Database
from server.storage.engine.optional_timestamps import stored
from server.storage.queries.name_resolver import system
from server.storage.queries.reports import packed_days
from server.storage.queries.reports.packed_days import DAY

PAUSE_SECONDS: Final = 10.0
_BREATH_SECONDS: Final = 0.01
_AT_ONCE: Final = 100


class Packer:
    """Looks every now and then for what there is to pack."""

    def __init__(self, database: Database, desk: Desk, clock: Clock) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock
        self._worker = Worker("packer", self._step, PAUSE_SECONDS)

    def start(self) -> None:
        self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()

    async def pack(self) -> None:
        """Packs every day that is over and is not packed."""
        today = stored(self._clock()) // DAY
        behind = await self._database.read_snapshot(
            lambda reading: packed_days.behind(reading, today, _AT_ONCE)
        )
        for org_id in behind:
            await self._catch_up(org_id, today)
        for org_id, day in await self._database.read_snapshot(
            lambda it: packed_days.opened(it, _AT_ONCE)
        ):
            await self._pack_again(org_id, day)
            await asyncio.sleep(_BREATH_SECONDS)

    async def _catch_up(self, org_id: int, today: int) -> None:
        more = True
        while more:
            # One day a transaction, and others' turns in between.
            more = await self._desk.write(system(org_id), lambda turn: _advance(turn, today))
            await asyncio.sleep(_BREATH_SECONDS)

    async def _pack_again(self, org_id: int, day: int) -> None:
        await self._desk.write(
            system(org_id), lambda turn: packed_days.seal(turn.writing, turn.ledger, day)
        )

    async def _step(self) -> bool:
        await self.pack()
        return False


def _advance(turn: UnitOfWork, today: int) -> bool:
    return packed_days.advance(turn.writing, turn.ledger, today)
