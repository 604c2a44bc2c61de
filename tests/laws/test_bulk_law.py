"""A bulk command writes what the command writes to its tickets one by one, to every table."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import peewee as pw
import pytest

from common.bulk import BulkProblem, BulkResult
from common.errors import RequestRefused
from common.people import Actor, Role
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket, MessageEdits
from common.tickets.filing import FileTicket
from common.tickets.merging import MergeTicket
from common.tickets.registry import Command
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority, Status, WaitingOn
from common.webhooks import WebhookScope
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import bulk_commands, due_actions, ticket_commands
from server.domain.webhooks.event_matching import Receiver
from server.storage.engine.statement import Statement
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.ticket.ticket_needs import describe_needs
from server.storage.tables.desk_tables import BaseModel
from tests.support.local_desk import SYSTEM, LocalDesk

CAPACITY: Final = 3
COMMANDS: Final[dict[str, Command]] = {
    "edit": EditTicket(priority=Priority.URGENT, add_tags=("outage",), category="general"),
    "wait": EditTicket(waiting_on=WaitingOn.CUSTOMER),
    "subject": EditTicket(subject="Power is out on floor 3"),
    "resolve": EditTicket(status=Status.RESOLVED),
    "reopen": EditTicket(status=Status.OPEN),
    "claim": ClaimTicket(),
    "release": ReleaseTicket(),
    "assign": AssignTicket(user_id=3),
    "note": AddMessage(body="@ben knows the cables", kind=MessageKind.NOTE),
    "reply": AddMessage(
        body="It is mended.",
        status=Status.RESOLVED,
        edit=MessageEdits(priority=Priority.LOW, assign_to=2),
    ),
}
Rows = dict[str, list[str]]


class MailedDesk(LocalDesk):
    mail = True


class UndoneBulk(Exception):
    """Rolls the transaction back, with its results and the rows as it would have left them."""

    def __init__(self, results: list[BulkResult], rows: Rows) -> None:
        super().__init__()
        self.results = results
        self.rows = rows


def read_all_rows(reading: ReadTransaction) -> Rows:
    """Returns every row of every table."""
    return {table: read_rows(reading, model) for table, model in list_models().items()}


def list_models() -> dict[str, type[BaseModel]]:
    return {it._meta.table_name: it for it in BaseModel.__subclasses__()}


def read_rows(reading: ReadTransaction, model: type[BaseModel]) -> list[str]:
    # Numbers that PostgreSQL itself draws are not given back by a rollback.
    fields = [it for it in model._meta.sorted_fields if not isinstance(it, pw.AutoField)]
    statement = Statement(model.select(*fields))
    return sorted(repr(tuple(row)) for row in reading.fetch_rows(statement))


async def open_scene(desk: LocalDesk) -> tuple[list[Actor], list[int]]:
    """Returns two agents, and the numbers of tickets in many states, and of one that is missing.

    There are so many that they are read ahead on SQLite, too.
    """
    ann, ben = await desk.join("Ann", Role.SUPERVISOR), await desk.join("Ben", Role.AGENT)
    await desk.do(SYSTEM, lambda work: work.sequence.save_receivers(
        [Receiver(1, (), WebhookScope.AGENT), Receiver(2, ("ticket.*",), WebhookScope.CUSTOMER)]
    ))  # fmt: skip
    numbers = []
    for n in range(18):
        desk.now += timedelta(minutes=1)
        filed = FileTicket(f"Fault {n}", "No light", customer_email=f"carla{n % 2}@example.test")
        numbers.append((await desk.create(SYSTEM, filed)).number)
    desk.now += timedelta(minutes=1)
    await desk.act(ann, numbers[1], ClaimTicket())
    await desk.act(ben, numbers[2], ClaimTicket())
    await desk.act(ben, numbers[2], AddMessage(body="@ann look", kind=MessageKind.NOTE))
    await desk.act(ann, numbers[3], EditTicket(status=Status.RESOLVED))
    await desk.act(ann, numbers[4], EditTicket(status=Status.CLOSED, reason="spam"))
    later = desk.now + timedelta(days=1)
    await desk.act(ben, numbers[5], EditTicket(snoozed_until=later, tags=("outage", "vip")))
    await desk.act(ann, numbers[6], MergeTicket(into=numbers[8]))
    await desk.act(ben, numbers[8], AddMessage(body="We are on it."))
    desk.now += timedelta(hours=30)
    # A refused single command rolls back what the clock owed; a bulk command keeps it.
    await desk.do(SYSTEM, lambda work: run_all_due_actions(work, numbers))
    # Without the survivor of the merge: two messages to it in one transaction are one notification.
    return [ann, ben], [*numbers[:8], *numbers[9:], 99]


def run_all_due_actions(work: UnitOfWork, numbers: Sequence[int]) -> None:
    for number in numbers:
        due_actions.run_due_actions(work, number)


def try_bulk(work: UnitOfWork, numbers: Sequence[int], command: Command) -> None:
    """Raises UndoneBulk."""
    results = bulk_commands.execute_on_tickets(work, numbers, command, dry_run=False)
    work.writing.flush()
    raise UndoneBulk(results, read_all_rows(work.writing))


async def run_one_by_one(
    desk: LocalDesk, actor: Actor, numbers: Sequence[int], command: Command
) -> list[BulkResult]:
    return [await run_alone(desk, actor, number, command) for number in numbers]


async def run_alone(desk: LocalDesk, actor: Actor, number: int, command: Any) -> BulkResult:
    def run(work: UnitOfWork) -> ticket_commands.CommandResult:
        return ticket_commands.execute_command(work, number, command)

    try:
        done = await desk.do(actor, run)
    except RequestRefused as refusal:
        return BulkResult(number, problem=BulkProblem(refusal.slug, refusal.detail))
    return BulkResult(number, version=done.ticket.version, changed=done.is_change)


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_bulk_command_writes_what_single_ones_write(desk_url: str, name: str) -> None:
    command = COMMANDS[name]
    async with MailedDesk.open(desk_url) as desk:
        (ann, _), numbers = await open_scene(desk)
        needs = [describe_needs(numbers, ann, opening=not isinstance(command, AddMessage))]
        with pytest.raises(UndoneBulk) as undone:
            await desk.desk.write(ann, lambda work: try_bulk(work, numbers, command), needs)
        results = await run_one_by_one(desk, ann, numbers, command)
        assert undone.value.results == results
        assert {bool(it.problem) for it in results} == {True, False}
        after = await desk.database.read_snapshot(read_all_rows)
        for table, rows in after.items():
            assert undone.value.rows[table] == rows, table


async def test_the_scene_reaches_every_outbox(desk_url: str) -> None:
    async with MailedDesk.open(desk_url) as desk:
        (ann, _), numbers = await open_scene(desk)
        before = await desk.database.read_snapshot(read_all_rows)
        for command in (COMMANDS["resolve"], COMMANDS["reply"], COMMANDS["note"]):
            await run_one_by_one(desk, ann, numbers, command)
        after = await desk.database.read_snapshot(read_all_rows)
        changed = {table for table, rows in after.items() if rows != before[table]}
        assert changed >= {
            *("tickets", "events", "messages", "notices", "mails", "webhook_deliveries"),
            *("followers", "intervals", "surveys", "counters"),
        }
