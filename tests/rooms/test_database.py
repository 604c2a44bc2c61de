"""The database by itself: batches that fail in the middle, callers that go away, an orderly end."""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
import pytest

from common.errors import NotFound
from common.organization import OrganizationSettings
from common.people import Actor, Role
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage, MessageAdded
from common.tickets.ticket import Ticket
from server.clock import utc_now
from server.desk.desk import Desk
from server.desk.recording import ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_commands, ticket_creation
from server.provisioning import provision_organization
from server.storage.connect import open_database
from server.storage.engine import job_queue
from server.storage.engine.database import Database
from server.storage.engine.database_errors import DatabaseUnavailable, Fault
from server.storage.engine.job import Needs
from server.storage.engine.statement import Sql
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.log import event_log, org_sequence
from server.storage.queries.log.event_log import LogEntry
from server.storage.queries.ticket import tickets
from server.storage.queries.ticket.ticket_needs import describe_needs
from tests.support.marks import own_on_sqlite
from tests.support.postgres import Cluster
from tests.support.waiting import PATIENCE

ORGS = (4821, 4822)
TICKET = FileTicket("It broke", "Please help", customer_email="carla@example.test")
ADD_TOKEN = Sql(
    sqlite="INSERT INTO idempotency (org_id, caller) VALUES (1, ?)",
    postgresql="INSERT INTO idempotency (org_id, caller) VALUES (1, %s)",
    places="token",
)
NONSENSE = Sql(sqlite="INSERT INTO nothing VALUES (1)", postgresql="SELECT 1 / 0", places="")


class Accident(Exception):
    """An error that no rule foresees."""


@pytest.fixture
async def database(desk_url: str) -> AsyncIterator[Database]:
    database = open_database(desk_url)
    for org_id in ORGS:
        await provision_organization(
            database, utc_now, OrganizationSettings(name="A"), org_id, "a@example.test", "hash"
        )
    yield database
    database.close()


def actor(org_id: int) -> Actor:
    return Actor(org_id, Role.ADMIN, 1, "a")


async def entries(database: Database, org_id: int) -> list[LogEntry]:
    return await database.read_snapshot(
        lambda reading: event_log.list_events(reading, org_id, 0, 10_000)
    )


def row_of(org_id: int, number: int, reading: ReadTransaction) -> Ticket | None:
    return tickets.find_ticket(reading, org_id, number)


def succeed(work: UnitOfWork) -> Any:
    return ticket_creation.create_ticket(work, TICKET)


def late_accident(work: UnitOfWork) -> None:
    ticket_creation.create_ticket(work, TICKET)
    raise Accident


def early_accident(work: UnitOfWork) -> None:
    assert work.sequence
    raise Accident


def late_refusal(work: UnitOfWork) -> None:
    ticket_creation.create_ticket(work, TICKET)
    ticket_repository.load_ticket(work, 10**6)


def nonsense(work: UnitOfWork) -> None:
    ticket_creation.create_ticket(work, TICKET)
    work.writing.write(NONSENSE)


def quiet_nonsense(work: UnitOfWork) -> None:
    work.writing.fetch_rows(NONSENSE)


def late_bad_value(work: UnitOfWork) -> None:
    """Adds a row that waits for the flush, where the driver cannot encode its value."""
    ticket_creation.create_ticket(work, TICKET)
    work.writing.write_later(ADD_TOKEN, token="\ud800")


def bad_hook(work: UnitOfWork) -> None:
    def hook(_: WriteTransaction) -> None:
        raise Accident

    ticket_creation.create_ticket(work, TICKET)
    work.writing.call_before_commit("bad hook", hook)


FAILURES = [
    late_bad_value,
    bad_hook,
    late_accident,
    early_accident,
    late_refusal,
    nonsense,
    quiet_nonsense,
]


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_job_that_fails_fails_alone_and_leaves_no_trace(
    database: Database, failure: Any
) -> None:
    told: list[int] = []
    desk = Desk(database, utc_now, told.append)
    jobs = [desk.write(actor(ORGS[n % 2]), failure if n % 5 == 3 else succeed) for n in range(40)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    for n, result in enumerate(results):
        assert isinstance(result, Exception) == (n % 5 == 3), result
    assert len(told) == 32  # nobody is nudged for what did not happen
    for org_id in ORGS:
        whole = await entries(database, org_id)
        assert [entry.seq for entry in whole] == list(range(1, len(whole) + 1))
        created = [it.detail.ticket for it in whole if it.type == "ticket.created"]
        assert [it.number for it in created if it] == list(range(1, 17))
        made = [it for it in results if not isinstance(it, BaseException) and it.org_id == org_id]
        assert sorted(it.number for it in made) == list(range(1, 17))
        for ticket in made:
            assert await database.read_snapshot(partial(row_of, org_id, ticket.number)) == ticket


def reply(number: int, work: UnitOfWork) -> int:
    command = AddMessage(body="We look into it.")
    return ticket_commands.execute_command(work, number, command).ticket.version


def reply_with_accident(number: int, work: UnitOfWork) -> None:
    reply(number, work)
    raise Accident


def ask_nonsense(writing: WriteTransaction, _: int, __: Any) -> None:
    writing.fetch_rows(NONSENSE)


async def test_what_jobs_read_together_is_what_the_one_before_left(database: Database) -> None:
    desk = Desk(database, utc_now, lambda _: None)
    numbers = [(await desk.write(actor(4821), succeed)).number for _ in range(3)]
    needs = [describe_needs((number,), actor(4821), opening=False) for number in numbers]
    broken = [Needs(ask_nonsense, None)]

    def write(n: int) -> Coroutine[Any, Any, int | None]:
        job = partial(reply_with_accident if n % 7 == 3 else reply, numbers[n % 3])
        return desk.write(actor(4821), job, [needs[n % 3]])

    work = [write(n) for n in range(42)] + [desk.write(actor(4821), early_accident, broken)]
    results = await asyncio.gather(*work, return_exceptions=True)
    for n, result in enumerate(results):
        assert isinstance(result, Exception) == (n % 7 == 3 or n == 42), result
    for index, number in enumerate(numbers):
        versions = [it for it in results[index:42:3] if isinstance(it, int)]
        ticket = await database.read_snapshot(partial(row_of, 4821, number))
        assert ticket
        # The first reply also begins the work on the ticket, which is an event of its own.
        assert sorted(versions) == list(range(3, ticket.version + 1))
        assert len(versions) == 12
    whole = await entries(database, 4821)
    assert [entry.seq for entry in whole] == list(range(1, len(whole) + 1))
    assert sum(entry.type == MessageAdded.type for entry in whole) == 36


async def test_a_caller_that_does_not_wait_keeps_nobody_from_being_answered(
    database: Database,
) -> None:
    desk = Desk(database, utc_now, lambda _: None)
    gone = [asyncio.create_task(desk.write(actor(4821), succeed)) for _ in range(10)]
    await asyncio.sleep(0)
    for task in gone[::2]:
        task.cancel()
    done = await asyncio.gather(*gone, return_exceptions=True)
    assert sum(isinstance(it, asyncio.CancelledError) for it in done) == 5
    await desk.write(actor(4821), succeed)
    whole = await entries(database, 4821)
    assert [entry.seq for entry in whole] == list(range(1, len(whole) + 1))


async def test_a_reader_that_fails_leaves_its_thread_to_others(database: Database) -> None:
    def fails(reading: ReadTransaction) -> None:
        reading.fetch_rows(NONSENSE)

    failed = await asyncio.gather(
        *(database.read_snapshot(fails) for _ in range(20)), return_exceptions=True
    )
    assert all(isinstance(it, Exception) for it in failed)
    seqs = await asyncio.gather(
        *(database.read_snapshot(org_sequence.read_all_seqs) for _ in range(20))
    )
    assert seqs == [{4821: 1, 4822: 1}] * 20


async def test_a_reader_sees_one_instant(database: Database) -> None:
    """A commit while a job reads is not there for it, or was all along."""
    desk = Desk(database, utc_now, lambda _: None)
    loop = asyncio.get_running_loop()

    def twice(reading: ReadTransaction) -> tuple[int, int]:
        before = org_sequence.read_newest_seq(reading, 4821)
        filed = desk.write(actor(4821), succeed)
        asyncio.run_coroutine_threadsafe(filed, loop).result(PATIENCE)
        return before, org_sequence.read_newest_seq(reading, 4821)

    before, after = await database.read_snapshot(twice)
    assert before == after
    assert (await database.read_snapshot(org_sequence.read_all_seqs))[4821] > after


async def test_what_was_accepted_is_done_before_the_end(desk_url: str) -> None:
    database = open_database(desk_url)
    await provision_organization(
        database, utc_now, OrganizationSettings(name="A"), 4821, "a@example.test", "hash"
    )
    desk = Desk(database, utc_now, lambda _: None)
    last = [asyncio.create_task(desk.write(actor(4821), succeed)) for _ in range(50)]
    await asyncio.sleep(0)
    database.close()
    made = await asyncio.gather(*last)
    assert sorted(it.number for it in made) == list(range(1, 51))


@own_on_sqlite
async def test_a_job_that_waits_too_long_for_its_thread_is_refused_and_never_begun(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_queue, "_SWEEP_SECONDS", 0.01)
    loop, has_begun, may_end = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    late: list[WriteTransaction] = []

    def hold_the_thread(_: WriteTransaction) -> None:
        loop.call_soon_threadsafe(has_begun.set)
        assert may_end.wait(PATIENCE)

    holding = asyncio.create_task(database.write(hold_the_thread))
    await has_begun.wait()
    monkeypatch.setattr(job_queue, "MAX_WAIT_SECONDS", 0.0)
    with pytest.raises(DatabaseUnavailable) as refused:
        await database.write(late.append)
    may_end.set()
    await holding

    assert refused.value.fault is Fault.OVERLOADED
    monkeypatch.setattr(job_queue, "MAX_WAIT_SECONDS", PATIENCE)
    assert await database.write(lambda _: "served") == "served"
    assert late == []


async def test_nobody_writes_for_an_organization_that_is_not_there(database: Database) -> None:
    desk = Desk(database, utc_now, lambda _: None)
    with pytest.raises(NotFound):
        await desk.write(actor(99_999), succeed)


class Unforeseen:
    """A value that no database takes, and that its driver does not refuse as one of its errors."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __call__(self, writing: WriteTransaction) -> None:
        writing.write_later(ADD_TOKEN, token=self.value)


@pytest.mark.parametrize("value", ["\ud800", 2**70, object()])
async def test_after_a_row_that_fails_at_the_flush_the_next_write_succeeds(
    database: Database, value: object
) -> None:
    desk = Desk(database, utc_now, lambda _: None)
    for _ in range(20):  # so that every connection of a pool has met it
        with pytest.raises(Exception) as failure:  # noqa: PT011 - each driver raises another
            await database.write(Unforeseen(value))
        assert not isinstance(failure.value, DatabaseUnavailable)
    made = await asyncio.gather(*(desk.write(actor(4821), succeed) for _ in range(20)))
    assert sorted(it.number for it in made) == list(range(1, 21))


# -- PostgreSQL: a transaction is one pipeline


ADD_SECRET = Sql(
    sqlite="", postgresql="INSERT INTO secrets (name, value) VALUES (%s, '')", places="name"
)
REMOVE_SECRETS = Sql(sqlite="", postgresql="DELETE FROM secrets", places="")
END_CONNECTION = Sql(
    sqlite="",
    postgresql="INSERT INTO secrets (name, value) SELECT %s, ''"
    " FROM pg_terminate_backend(pg_backend_pid())",
    places="name",
)


@pytest.fixture
async def on_postgresql(postgres: Cluster) -> AsyncIterator[Database]:
    database = open_database(postgres.migrated())
    yield database
    database.close()


async def test_a_job_that_goes_on_after_a_failed_statement_is_not_done(
    on_postgresql: Database,
) -> None:
    def job(writing: WriteTransaction) -> str:
        with suppress(psycopg.Error):
            writing.fetch_rows(NONSENSE)
        return "done"

    with pytest.raises(psycopg.Error):
        await on_postgresql.write(job)


async def test_a_commit_whose_outcome_is_unknown_is_not_tried_again(
    on_postgresql: Database,
) -> None:
    """The connection ends among the last statements: the COMMIT was sent, and is not confirmed."""
    runs = []

    def job(writing: WriteTransaction) -> None:
        runs.append(writing)
        writing.write_later(END_CONNECTION, name="a")

    with pytest.raises(DatabaseUnavailable):
        await on_postgresql.write(job)
    assert len(runs) == 1


async def test_a_connection_that_is_lost_before_the_commit_is_tried_again(
    on_postgresql: Database,
) -> None:
    runs = []

    def job(writing: WriteTransaction) -> int:
        runs.append(writing)
        return writing.write(END_CONNECTION if len(runs) == 1 else ADD_SECRET, name="a")

    assert await on_postgresql.write(job) == 1
    assert len(runs) == 2


async def test_a_write_returns_the_number_of_rows(on_postgresql: Database) -> None:
    def job(writing: WriteTransaction) -> list[int]:
        added = [writing.write(ADD_SECRET, name=name) for name in "ab"]
        return [*added, writing.write(REMOVE_SECRETS), writing.write(REMOVE_SECRETS)]

    assert await on_postgresql.write(job) == [1, 1, 2, 0]
