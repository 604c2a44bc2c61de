"""Imports a whole source, many lines a transaction; a bad line does not affect the others."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace

from common.errors import RequestRefused, Unavailable
from server.clock import Clock
from server.command_errors import CommandError
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.organization import organizations
from server.storage.queries.ticket import tickets
from server.transfer import line_repairs
from server.transfer.file_folder import FileSupply, ImportFolder
from server.transfer.file_format import FileEntry, TransferLine
from server.transfer.import_report import ImportReport
from server.transfer.line_importer import LineImporter, LineOptions, LineResult
from server.transfer.line_repairs import RepairRules
from server.transfer.line_sources import ImportSource, LineList, SourceItem
from server.transfer.role_inference import LinePeople, RoleInference

BATCH_SIZE: Final = 100
"""Lines a transaction: enough to share its cost, few enough not to block other writers."""

_ORG_IDS: Final = range(1_000, 100_000)
_DUPLICATE_ID: Final = "was already used in this source, with other content, at {}"
ReportProblem = Callable[[str, str], None]
"""Called with a place in the source and a remark about it."""


class NoOrganization(CommandError):
    """There is no organization of this id."""


class ImportOptions(Struct, frozen=True):
    """The options of an import; a `dry_run` does everything and rolls it back."""

    rules: RepairRules = RepairRules()
    manner: LineOptions = LineOptions()
    dry_run: bool = False
    files: ImportFolder | None = None
    """The folder of attachments and original mails; None where the source has none."""


class _DryRunRollback(Exception):
    """Rolls back a transaction of a dry run, and carries its results."""

    def __init__(self, taken: list[LineResult]) -> None:
        self.taken = taken


class _LocatedLine(NamedTuple):
    place: str
    line: TransferLine

    @property
    def label(self) -> str:
        """The external id of the ticket, as the beginning of a remark."""
        ticket = self.line.ticket
        return f"external_id {ticket.external_id}: " if ticket and ticket.external_id else ""


class Importer:
    """Imports one source into one organization; `report` has the outcome."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        org_id: int,
        complain: ReportProblem,
        choices: ImportOptions = ImportOptions(),  # noqa: B008 - it cannot be changed
    ) -> None:
        self.report = ImportReport()
        self._database = database
        self._clock = clock
        self._org_id = org_id
        self._complain = complain
        self._choices = choices
        self._manner = choices.manner
        self._roles = RoleInference()
        self._seen: dict[str, tuple[str, int]] = {}

    async def import_source(
        self,
        source: ImportSource | Iterable[bytes],
        move_on: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Imports every valid line; `move_on` is called with the size of each part that is done.

        Raises NoOrganization, Unavailable, Unreadable.
        """
        await check_organization(self._database, self._org_id)
        origin = LineList(source) if isinstance(source, Iterable) else source
        self._learn_people(origin)
        if self._choices.dry_run:
            self._manner = replace(self._manner, expected=frozenset(self._roles.names))
        batch: list[_LocatedLine] = []
        for item in origin.read_items():
            placed = self._read_item(item)
            if placed is not None:
                batch.append(placed)
            if len(batch) == BATCH_SIZE:
                await self._write_batch(batch)
                batch = []
            move_on(item.size)
        await self._write_batch(batch)
        self.report.repairs += origin.repairs
        self.report.losses += origin.losses

    def _learn_people(self, source: ImportSource) -> None:
        """Reads the source once to learn the people, who may be listed after their tickets."""
        for item in source.read_items():
            try:
                seen = _PEOPLE_DECODER.decode(item.raw)
                if not seen.user:
                    self._roles.learn_ticket(seen)
                    continue
                line = line_repairs.read_line(item.raw, self._choices.rules).line
            except (msgspec.MsgspecError, UnicodeError, RecursionError, RequestRefused):
                self._learn_repaired_item(item)
            else:
                if line.user:
                    self._roles.learn_user(line.user)

    def _learn_repaired_item(self, item: SourceItem) -> None:
        record = line_repairs.parse_record(item.raw)
        try:
            self._roles.learn_ticket(msgspec.convert(record, LinePeople, strict=False))
        except (msgspec.MsgspecError, UnicodeError):
            return  # it will be refused later, with its reason

    def _read_item(self, item: SourceItem) -> _LocatedLine | None:
        if item.fault:
            self._refuse_line(item.place, _label_raw_line(item.raw), item.fault)
            return None
        if not item.raw.strip():
            return None
        try:
            read = line_repairs.read_line(item.raw, self._choices.rules)
        except RequestRefused as refusal:
            self._refuse_line(item.place, _label_raw_line(item.raw), refusal.detail)
            return None
        placed = _LocatedLine(item.place, read.line)
        if self._is_duplicate(placed, hash(item.raw)):
            return None
        self.report.repairs.update(read.repairs)
        return placed

    def _is_duplicate(self, placed: _LocatedLine, content: int) -> bool:
        """Refuses a ticket whose external id occurred before, and returns whether it did."""
        ticket = placed.line.ticket
        if not ticket or not ticket.external_id or self._choices.manner.update:
            return False
        place, before = self._seen.setdefault(ticket.external_id, (placed.place, content))
        if before == content:
            return False
        self._refuse_line(
            placed.place, placed.label, f"/ticket/external_id: {_DUPLICATE_ID.format(place)}"
        )
        return True

    async def _write_batch(self, batch: list[_LocatedLine]) -> None:
        if not batch:
            return
        try:
            taken = await self._commit_batch([placed.line for placed in batch])
        except Unavailable:
            raise  # no line is to blame
        except RequestRefused:
            # The transaction was rolled back. One a line shows which lines are bad.
            for placed in batch:
                await self._write_line(placed)
        else:
            for placed, one in zip(batch, taken, strict=True):
                self._record_result(placed, one)

    async def _write_line(self, placed: _LocatedLine) -> None:
        try:
            (taken,) = await self._commit_batch([placed.line])
        except Unavailable:
            raise
        except RequestRefused as refusal:
            self._refuse_line(placed.place, placed.label, refusal.detail)
        else:
            self._record_result(placed, taken)

    async def _commit_batch(self, batch: list[TransferLine]) -> list[LineResult]:
        folder = self._choices.files
        if folder is None:
            return await self._run_batch(batch, FileSupply({}))
        files = await self._list_new_files(batch)
        if self._choices.dry_run:
            return await self._run_batch(batch, folder.count_files(files))
        supply = await folder.load_files(files)
        try:
            return await self._run_batch(batch, supply)
        except RequestRefused:
            supply.begin()
            raise
        finally:
            await folder.discard_unused(supply)

    async def _list_new_files(self, batch: list[TransferLine]) -> list[FileEntry]:
        """Returns the attachments that may be needed: not those of tickets that are there."""
        if not any(line.files for line in batch):
            return []
        if self._choices.manner.update:
            return [file for line in batch for file in line.files]

        def is_new(reading: ReadTransaction, line: TransferLine) -> bool:
            name = line.ticket.external_id if line.ticket else UNSET
            if not name:
                return True
            return tickets.find_imported_number(reading, self._org_id, name) is None

        return await self._database.read_snapshot(
            lambda reading: [
                file for it in batch if it.files and is_new(reading, it) for file in it.files
            ]
        )

    async def _run_batch(self, batch: list[TransferLine], supply: FileSupply) -> list[LineResult]:
        def job(writing: WriteTransaction) -> list[LineResult]:
            supply.begin()
            now, manner = self._clock(), self._manner
            intake = LineImporter(writing, self._org_id, now, self._roles, manner, supply)
            taken = [intake.import_line(line) for line in batch]
            if self._choices.dry_run:
                raise _DryRunRollback(taken)
            return taken

        try:
            return await self._database.write(job)
        except _DryRunRollback as undone:
            return undone.taken

    def _record_result(self, placed: _LocatedLine, taken: LineResult) -> None:
        self.report.count_line(taken)
        if taken.remark:
            self._complain(placed.place, f"{placed.label}{taken.remark}")

    def _refuse_line(self, where: str, name: str, reason: str) -> None:
        self.report.count_refusal(reason)
        self._complain(where, f"{name}{reason}")


_PEOPLE_DECODER: Final = msgspec.json.Decoder(LinePeople)


def _label_raw_line(raw: bytes) -> str:
    """Returns the external id of a refused line, if it can be read."""
    record = line_repairs.parse_record(raw)
    ticket = record.get("ticket") if record else None
    name = ticket.get("external_id") if isinstance(ticket, dict) else None
    return f"external_id {name}: " if isinstance(name, str | int) else ""


async def check_organization(database: Database, org_id: int) -> None:
    """Raises NoOrganization."""
    if org_id not in _ORG_IDS or not await database.read_snapshot(
        lambda reading: organizations.organization_exists(reading, org_id)
    ):
        raise NoOrganization(f"There is no organization {org_id}.")
