"""Taking in a whole file: many lines a transaction, and a bad line spoils no other."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from common.refused import Refused, Unavailable
from server.clock import Clock
from server.moving import lines
from server.moving.intake import Intake, Outcome
from server.moving.lines import Line
from server.storage import organizations
from server.storage.database import Database
from server.storage.transaction import Writing

BATCH: Final = 100
"""Lines a transaction: enough to share its cost, few enough to leave others their turn."""

_IDS: Final = range(1_000, 100_000)
Complain = Callable[[int, str], None]
"""Is told a bad line's number and what is wrong with it."""


class NoOrganization(Exception):
    """There is no organization of this id."""


class Import:
    """One file on its way into one organization; `tally` counts what became of its lines."""

    def __init__(self, database: Database, clock: Clock, org_id: int, complain: Complain) -> None:
        self.tally: Counter[Outcome] = Counter()
        self.bad = 0
        self._database = database
        self._clock = clock
        self._org_id = org_id
        self._complain = complain

    async def take(self, raws: Iterable[bytes]) -> None:
        """Takes in every line that can be. Raises NoOrganization, Unavailable."""
        await check_organization(self._database, self._org_id)
        batch: list[tuple[int, Line]] = []
        for number, raw in enumerate(raws, 1):
            line = self._read(number, raw)
            if line is not None:
                batch.append((number, line))
            if len(batch) == BATCH:
                await self._write(batch)
                batch = []
        await self._write(batch)

    def _read(self, number: int, raw: bytes) -> Line | None:
        try:
            return lines.read(raw) if raw.strip() else None
        except Refused as refusal:
            self._refuse(number, refusal)
            return None

    async def _write(self, batch: list[tuple[int, Line]]) -> None:
        try:
            await self._commit([line for _, line in batch])
        except Unavailable:
            raise  # no line is to blame
        except Refused:
            # The transaction is undone; now each line has its own, and the bad ones are known.
            for number, line in batch:
                await self._write_alone(number, line)

    async def _write_alone(self, number: int, line: Line) -> None:
        try:
            await self._commit([line])
        except Unavailable:
            raise
        except Refused as refusal:
            self._refuse(number, refusal)

    async def _commit(self, batch: list[Line]) -> None:
        def job(writing: Writing) -> list[Outcome]:
            intake = Intake(writing, self._org_id, self._clock())
            return [intake.take(line) for line in batch]

        self.tally.update(await self._database.write(job))

    def _refuse(self, number: int, refusal: Refused) -> None:
        self.bad += 1
        self._complain(number, refusal.detail)


async def check_organization(database: Database, org_id: int) -> None:
    """Raises NoOrganization."""
    if org_id not in _IDS or not await database.read(
        lambda reading: organizations.exists(reading, org_id)
    ):
        raise NoOrganization(f"There is no organization {org_id}.")
