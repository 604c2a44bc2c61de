"""Taking in a whole source: many lines a transaction, and a bad line spoils no other."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from common.errors import Refused, Unavailable
from server.clock import Clock
from server.storage.engine.database import Database
from server.storage.engine.transaction import Writing
from server.storage.queries import organizations
from server.transfer import line_repairs
from server.transfer.file_format import Line
from server.transfer.import_report import ImportReport
from server.transfer.line_importer import Intake, Manner, Taken
from server.transfer.line_repairs import Rules
from server.transfer.line_sources import Item, Lines, Source
from server.transfer.role_inference import Roles, Seen

BATCH: Final = 100
"""Lines a transaction: enough to share its cost, few enough to leave others their turn."""

_IDS: Final = range(1_000, 100_000)
_DIFFERS: Final = "is in the source already, with other content, at {}"
Complain = Callable[[str, str], None]
"""Is told where something stands, and what is wrong with it or worth knowing."""


class NoOrganization(Exception):
    """There is no organization of this id."""


class Choices(Struct, frozen=True):
    """How a source is taken in; a `dry_run` does everything and undoes it."""

    rules: Rules = Rules()
    manner: Manner = Manner()
    dry_run: bool = False


class _Undone(Exception):
    """Ends a transaction of a dry run, with what it would have come to."""

    def __init__(self, taken: list[Taken]) -> None:
        self.taken = taken


class _Placed(NamedTuple):
    place: str
    line: Line

    @property
    def name(self) -> str:
        """Its ticket's external id, at the head of what is said of it."""
        ticket = self.line.ticket
        return f"external_id {ticket.external_id}: " if ticket and ticket.external_id else ""


class Import:
    """One source on its way into one organization; `report` counts what became of it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        org_id: int,
        complain: Complain,
        choices: Choices = Choices(),  # noqa: B008 - it cannot be changed
    ) -> None:
        self.report = ImportReport()
        self._database = database
        self._clock = clock
        self._org_id = org_id
        self._complain = complain
        self._choices = choices
        self._manner = choices.manner
        self._roles = Roles()
        self._seen: dict[str, tuple[str, int]] = {}

    async def take(
        self, source: Source | Iterable[bytes], move_on: Callable[[int], None] = lambda _: None
    ) -> None:
        """Takes in every line that can be; `move_on` hears how much of the source is done.

        Raises NoOrganization, Unavailable, Unreadable.
        """
        await check_organization(self._database, self._org_id)
        origin = Lines(source) if isinstance(source, Iterable) else source
        self._learn(origin)
        if self._choices.dry_run:
            self._manner = replace(self._manner, expected=frozenset(self._roles.names))
        batch: list[_Placed] = []
        for item in origin.items():
            placed = self._read(item)
            if placed is not None:
                batch.append(placed)
            if len(batch) == BATCH:
                await self._write(batch)
                batch = []
            move_on(item.size)
        await self._write(batch)
        self.report.repairs += origin.repairs
        self.report.losses += origin.losses

    def _learn(self, source: Source) -> None:
        """Reads the source once to know who is who: people may be listed after their tickets."""
        for item in source.items():
            try:
                seen = _SEEN.decode(item.raw)
                if not seen.user:
                    self._roles.learn(seen)
                    continue
                line = line_repairs.read(item.raw, self._choices.rules).line
            except (msgspec.MsgspecError, UnicodeError, RecursionError, Refused):
                self._learn_repaired(item)
            else:
                if line.user:
                    self._roles.learn_user(line.user)

    def _learn_repaired(self, item: Item) -> None:
        record = line_repairs.record_of(item.raw)
        try:
            self._roles.learn(msgspec.convert(record, Seen, strict=False))
        except (msgspec.MsgspecError, UnicodeError):
            return  # it will be refused, with its reason

    def _read(self, item: Item) -> _Placed | None:
        if item.fault:
            self._refuse(item.place, _name_in(item.raw), item.fault)
            return None
        if not item.raw.strip():
            return None
        try:
            read = line_repairs.read(item.raw, self._choices.rules)
        except Refused as refusal:
            self._refuse(item.place, _name_in(item.raw), refusal.detail)
            return None
        placed = _Placed(item.place, read.line)
        if self._is_other(placed, hash(item.raw)):
            return None
        self.report.repairs.update(read.repairs)
        return placed

    def _is_other(self, placed: _Placed, content: int) -> bool:
        """Returns whether an earlier ticket of the source has the same name; that is refused."""
        ticket = placed.line.ticket
        if not ticket or not ticket.external_id or self._choices.manner.update:
            return False
        place, before = self._seen.setdefault(ticket.external_id, (placed.place, content))
        if before == content:
            return False
        self._refuse(placed.place, placed.name, f"/ticket/external_id: {_DIFFERS.format(place)}")
        return True

    async def _write(self, batch: list[_Placed]) -> None:
        if not batch:
            return
        try:
            taken = await self._commit([placed.line for placed in batch])
        except Unavailable:
            raise  # no line is to blame
        except Refused:
            # The transaction is undone; now each line has its own, and the bad ones are known.
            for placed in batch:
                await self._write_alone(placed)
        else:
            for placed, one in zip(batch, taken, strict=True):
                self._note(placed, one)

    async def _write_alone(self, placed: _Placed) -> None:
        try:
            (taken,) = await self._commit([placed.line])
        except Unavailable:
            raise
        except Refused as refusal:
            self._refuse(placed.place, placed.name, refusal.detail)
        else:
            self._note(placed, taken)

    async def _commit(self, batch: list[Line]) -> list[Taken]:
        def job(writing: Writing) -> list[Taken]:
            now, manner = self._clock(), self._manner
            intake = Intake(writing, self._org_id, now, self._roles, manner)
            taken = [intake.take(line) for line in batch]
            if self._choices.dry_run:
                raise _Undone(taken)
            return taken

        try:
            return await self._database.write(job)
        except _Undone as undone:
            return undone.taken

    def _note(self, placed: _Placed, taken: Taken) -> None:
        self.report.add(taken)
        if taken.remark:
            self._complain(placed.place, f"{placed.name}{taken.remark}")

    def _refuse(self, where: str, name: str, reason: str) -> None:
        self.report.refuse(reason)
        self._complain(where, f"{name}{reason}")


_SEEN: Final = msgspec.json.Decoder(Seen)


def _name_in(raw: bytes) -> str:
    """The external id of a line that is refused, as far as it can be read."""
    record = line_repairs.record_of(raw)
    ticket = record.get("ticket") if record else None
    name = ticket.get("external_id") if isinstance(ticket, dict) else None
    return f"external_id {name}: " if isinstance(name, str | int) else ""


async def check_organization(database: Database, org_id: int) -> None:
    """Raises NoOrganization."""
    if org_id not in _IDS or not await database.read_snapshot(
        lambda reading: organizations.exists(reading, org_id)
    ):
        raise NoOrganization(f"There is no organization {org_id}.")
