"""Readiness: what keeps a server from working is found within two seconds, and named."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest

from server import readiness
from server.readiness import Readiness, ReadinessProblem
from server.storage.connect import open_database
from server.storage.engine import database_probe
from server.storage.engine.database import Database
from server.storage.engine.database_errors import DatabaseUnavailable, Fault
from server.storage.engine.postgres_connector import PostgresSettings
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from tests.support.marks import own_on_sqlite
from tests.support.postgres import Cluster
from tests.support.waiting import PATIENCE, eventually


@pytest.fixture
async def database(desk_url: str) -> AsyncIterator[Database]:
    database = open_database(desk_url)
    yield database
    database.close()


@pytest.fixture(autouse=True)
def timeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has every answer be old at once, and no probe count as hanging that takes long."""
    monkeypatch.setattr(readiness, "ANSWER_SECONDS", PATIENCE)
    monkeypatch.setattr(readiness, "FRESH_SECONDS", 0.0)


def of(database: Database) -> Readiness:
    return Readiness(database, lambda: None)


async def reasons(ready: Readiness) -> list[str]:
    return [it.reason for it in await ready.find_problems()]


async def stays(ready: Readiness, *expected: str) -> None:
    """Asks with little patience until a probe that hangs is told so, and once more.

    On a busy machine a probe that does not hang may come too late as well, for a while.
    """
    with patch.object(readiness, "ANSWER_SECONDS", 0.3):
        while await reasons(ready) != [*expected]:
            pass
        assert set(expected) <= set(await reasons(ready))


async def test_a_server_whose_database_writes_and_reads_is_ready(database: Database) -> None:
    ready = of(database)
    for _ in range(3):
        assert await ready.find_problems() == []


async def test_a_stream_that_is_down_is_told_beside_a_database_that_works(
    database: Database,
) -> None:
    down = ReadinessProblem("stream-down", "The event stream is not bound.")
    assert await Readiness(database, lambda: down).find_problems() == [down]


@own_on_sqlite
async def test_a_database_that_another_process_holds_is_locked(
    database: Database, desk_url: str
) -> None:
    other = sqlite3.connect(desk_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ready = of(database)
    await stays(ready, "database-locked")
    other.execute("COMMIT")
    other.close()
    assert await _until_ready(ready)


async def _until_ready(ready: Readiness) -> bool:
    while await ready.find_problems():
        pass
    return True


def limit(writing: WriteTransaction) -> None:
    """Leaves room for two pages more."""
    pages = writing._connection.execute("PRAGMA page_count").fetchone()
    assert pages is not None
    writing._connection.execute(f"PRAGMA max_page_count = {pages[0] + 2}")


def fill(writing: WriteTransaction) -> None:
    database_probe.write_probe(writing, "x" * 50_000)


@own_on_sqlite
async def test_a_server_is_ready_no_more_as_soon_as_a_write_has_failed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "FRESH_SECONDS", 3600.0)
    ready = of(database)
    assert await reasons(ready) == []
    await database.write(limit)
    with pytest.raises(DatabaseUnavailable):
        await database.write(fill)
    assert await reasons(ready) == ["disk-full"]


@own_on_sqlite
async def test_a_full_disk_is_known_by_a_write_that_failed_and_over_when_one_succeeds(
    database: Database,
) -> None:
    ready = of(database)
    assert await reasons(ready) == []
    await database.write(limit)
    with pytest.raises(DatabaseUnavailable) as told:
        await database.write(fill)
    assert told.value.fault is Fault.DISK_FULL
    assert await reasons(ready) == ["disk-full"]
    with pytest.raises(DatabaseUnavailable):
        await database.write(fill)
    assert await reasons(ready) == ["disk-full"]
    raised = "PRAGMA max_page_count = 1000000"
    await database.write(lambda writing: writing._connection.execute(raised) and None)
    assert await reasons(ready) == []
    await database.write(fill)


@own_on_sqlite
async def test_a_full_disk_fails_each_write_alone_and_nothing_is_half_done(
    database: Database,
) -> None:
    pages = "PRAGMA page_count"

    def limit(writing: WriteTransaction) -> None:
        count = writing._connection.execute(pages).fetchone()
        writing._connection.execute(f"PRAGMA max_page_count = {count[0] + 8 if count else 0}")

    def small(writing: WriteTransaction) -> str:
        database_probe.write_probe(writing, "small")
        return "small"

    def large(writing: WriteTransaction) -> str:
        database_probe.write_probe(writing, "x" * 100_000)
        return "large"

    await database.write(limit)
    jobs = [large if n % 3 == 1 else small for n in range(30)]
    done = await asyncio.gather(*map(database.write, jobs), return_exceptions=True)
    assert [isinstance(it, DatabaseUnavailable) for it in done] == [it is large for it in jobs]
    assert {it for it in done if isinstance(it, str)} == {"small"}


@own_on_sqlite
async def test_one_wait_for_a_lock_is_enough_for_all_that_wait(
    database: Database, desk_url: str
) -> None:
    def impatient(writing: WriteTransaction) -> None:
        writing._connection.execute("PRAGMA busy_timeout = 500")

    await database.write(impatient)
    other = sqlite3.connect(desk_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writes = [
        database.write(lambda writing: database_probe.write_probe(writing, "x")) for _ in range(200)
    ]
    async with asyncio.timeout(PATIENCE):  # and not 200 times 500 ms
        done = await asyncio.gather(*writes, return_exceptions=True)
    other.close()
    assert {it.fault for it in done if isinstance(it, DatabaseUnavailable)} == {Fault.LOCKED}
    assert len(done) == 200


async def test_a_writer_that_is_busy_all_the_time_is_overloaded(database: Database) -> None:
    release = threading.Event()
    many = 1 if database.dialect == "sqlite" else 8
    writes = [database.write(lambda _: release.wait(PATIENCE)) for _ in range(many)]
    busy = asyncio.gather(*writes)
    ready = of(database)
    expected = "overloaded" if many == 1 else "database-silent"
    await stays(ready, expected)
    release.set()
    await busy
    assert await _until_ready(ready)


@own_on_sqlite
async def test_a_writer_that_has_ended_is_told(database: Database) -> None:
    database._writes._batches.put(None)
    ready = of(database)
    await stays(ready, "writer-stopped")


async def test_a_job_that_breaks_its_thread_leaves_it_to_the_next(database: Database) -> None:
    class Monster(BaseException):
        """No Exception: what not even a careful handler expects."""

    def break_(_: ReadTransaction) -> None:
        raise Monster

    for _ in range(40):
        with pytest.raises(Monster):
            await database.read_snapshot(break_)
        with pytest.raises(Monster):
            await database.write(break_)
    assert await of(database).find_problems() == []


async def test_callers_who_ask_together_share_one_answer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[str] = []
    monkeypatch.setattr(database_probe, "write_probe", lambda _, value: writes.append(value))
    ready = of(database)
    answers = await asyncio.gather(*(ready.find_problems() for _ in range(100)))
    assert answers == [[]] * 100
    assert len(writes) == 1


async def test_a_caller_who_goes_away_does_not_take_the_answer_from_the_others(
    database: Database,
) -> None:
    ready = of(database)
    asking = [asyncio.create_task(ready.find_problems()) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    assert await asking[1] == await asking[2] == []
    with suppress(asyncio.CancelledError):
        await asking[0]


async def test_a_frozen_postgresql_is_silent_and_asking_again_piles_nothing_up(
    postgres: Cluster,
) -> None:
    url = postgres.migrated()
    database = open_database(url)
    ready = of(database)
    assert await reasons(ready) == []
    with postgres.frozen(url):
        for _ in range(2):
            await stays(ready, "database-silent")
        assert len(database._writes._waiting) == len(database._quick._waiting) == 1
    assert await _until_ready(ready)
    database.close()


async def test_a_frozen_postgresql_ends_a_statement_in_time_and_is_used_again_afterwards(
    postgres: Cluster,
) -> None:
    url = postgres.migrated()
    database = open_database(url, PostgresSettings(connections=4))
    await database.write(lambda writing: database_probe.write_probe(writing, "x"))
    pool = database._on_closed.__self__  # type: ignore[attr-defined]
    pool._idle[0].patience = 0.2
    with postgres.frozen(url), pytest.raises(DatabaseUnavailable) as told:
        await database.write(lambda writing: database_probe.write_probe(writing, "y"))
    assert told.value.fault is Fault.SILENT
    await database.write(lambda writing: database_probe.write_probe(writing, "z"))
    database.close()


async def test_a_statement_that_takes_too_long_is_ended_by_postgresql(postgres: Cluster) -> None:
    database = open_database(postgres.migrated(), PostgresSettings(statement_seconds=0.05))
    with pytest.raises(DatabaseUnavailable) as told:
        await database.write(lambda writing: writing._connection.execute("SELECT pg_sleep(9)"))
    assert told.value.fault is Fault.SILENT
    database.close()


async def test_who_waits_too_long_for_a_row_is_told_that_it_is_locked(postgres: Cluster) -> None:
    url = postgres.migrated()
    database = open_database(url, PostgresSettings(lock_seconds=0.05))
    await database.write(lambda writing: database_probe.write_probe(writing, "x"))
    with psycopg.connect(url) as other:
        other.execute("SELECT * FROM secrets FOR UPDATE")
        with pytest.raises(DatabaseUnavailable) as told:
            await database.write(lambda writing: database_probe.write_probe(writing, "y"))
    assert told.value.fault is Fault.LOCKED
    await database.write(lambda writing: database_probe.write_probe(writing, "z"))
    database.close()


async def test_after_a_failover_to_a_standby_writes_wait_for_the_next_primary(
    postgres: Cluster,
) -> None:
    url = postgres.migrated()
    database = open_database(url)
    ready = of(database)
    assert await reasons(ready) == []
    with postgres.read_only(url):
        with pytest.raises(DatabaseUnavailable) as told:
            await database.write(lambda writing: database_probe.write_probe(writing, "y"))
        assert told.value.fault is Fault.READ_ONLY
        assert await reasons(ready) == ["database-read-only"]
        await database.read_snapshot(database_probe.read_probe)
    assert await _until_ready(ready)
    await database.write(lambda writing: database_probe.write_probe(writing, "z"))
    database.close()


async def test_without_a_free_connection_the_server_is_not_ready_and_then_it_is(
    postgres: Cluster,
) -> None:
    url = postgres.migrated()
    open_database(url).close()
    mine = postgres.limited(url, connections=2)
    database = open_database(mine)
    others = [psycopg.connect(mine) for _ in range(2)]
    ready = of(database)
    assert await reasons(ready) == ["no-connection-free"]
    others[0].close()
    assert await _until_ready(ready)
    assert len(database._threads) == 16
    writes = [
        database.write(lambda writing: database_probe.write_probe(writing, "x")) for _ in range(40)
    ]
    reads = [database.read_snapshot(database_probe.read_probe) for _ in range(40)]
    await asyncio.gather(*writes, *reads)
    others[1].close()
    database.close()


async def test_a_server_keeps_to_the_connections_that_its_operator_sets(
    postgres: Cluster,
) -> None:
    url = postgres.migrated()
    open_database(url).close()
    database = open_database(url, PostgresSettings(connections=3))

    def count(reading: ReadTransaction) -> int:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        row = reading._connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    async def is_alone() -> bool:
        return await database.read_one(count) == 1

    # A closed connection is on PostgreSQL's list until its process has ended.
    await eventually(is_alone)
    asked = [it(count) for it in (database.read_snapshot, database.read_one) for _ in range(10)]
    written = [database.write(count) for _ in range(20)]
    assert max(await asyncio.gather(*asked, *written)) <= 3
    database.close()


async def test_the_threads_of_a_database_that_does_not_answer_are_left_behind(
    postgres: Cluster, tmp_path: Path
) -> None:
    url = postgres.migrated()
    database = open_database(url)
    await database.write(lambda writing: database_probe.write_probe(writing, "x"))
    with postgres.frozen(url):
        left = asyncio.ensure_future(
            database.write(lambda writing: database_probe.write_probe(writing, "y"))
        )
        await asyncio.sleep(0)
        assert not database.close(within_seconds=0.1)
    await left
    other = open_database(f"sqlite:///{tmp_path}/x.db")
    assert other.close(within_seconds=PATIENCE)
