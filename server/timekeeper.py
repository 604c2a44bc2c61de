"""The timekeeper: what is due now goes through the desk. It works from the database alone.

Safe on every server of a cluster: each step does nothing where another has done it already.
"""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from server.clock import Clock
from server.desk import Desk, accounts, presence
from server.storage import idempotency, people, sessions
from server.storage.database import Database
from server.storage.instant import stored
from server.storage.names import system

LOOK_SECONDS: Final = 0.5
_LOOKS_BETWEEN_PURGES: Final = 7200
trouble = structlog.get_logger()


class Timekeeper:
    """Ends sessions and presences whose time is over; drops answers nobody may ask for again."""

    def __init__(self, database: Database, desk: Desk, clock: Clock) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._forever(), name="timekeeper")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def look(self) -> None:
        """Does what is due now."""
        now = stored(self._clock())
        due = await self._database.read(lambda reading: sessions.expired(reading, now))
        for org_id, token_hash in due:
            await self._end(org_id, token_hash)
        gone = await self._database.read(lambda reading: people.lapsed(reading, now))
        for org_id, person_id in gone:
            await self._lapse(org_id, person_id)

    async def purge(self) -> None:
        now = stored(self._clock())
        await self._database.write(lambda writing: idempotency.purge(writing, now))

    async def _end(self, org_id: int, token_hash: str) -> None:
        await self._desk.write(
            system(org_id), lambda turn: accounts.end_sessions(turn, [token_hash])
        )

    async def _lapse(self, org_id: int, person_id: int) -> None:
        await self._desk.write(system(org_id), lambda turn: presence.lapse(turn, person_id))

    async def _forever(self) -> None:
        looks = 0
        while True:
            try:
                await self.look()
                if looks % _LOOKS_BETWEEN_PURGES == 0:
                    await self.purge()
            except Exception as error:  # noqa: BLE001 - whatever it was, the clock goes on
                trouble.error("timekeeper stumbled", exc_info=error)
            looks += 1
            await asyncio.sleep(LOOK_SECONDS)
