"""Statements to PostgreSQL go together, and each gets its own answer."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.abc import PQGen
from psycopg.errors import PipelineAborted, UndefinedTable, UniqueViolation
from psycopg.pq import TransactionStatus

from server.storage.engine.postgres_connection import PostgresConnection
from server.storage.engine.postgres_connector import PostgresConnector, PostgresSettings
from server.storage.engine.postgres_pipeline import StatementPipeline
from server.storage.engine.prepared_statements import PreparedStatements
from tests.support.postgres import Cluster

PREPARED = "SELECT statement FROM pg_prepared_statements ORDER BY name"
MANY, LONG = 400, "x" * 50_000


@pytest.fixture
def connection(postgres: Cluster) -> Iterator[PostgresConnection]:
    connection = PostgresConnector(postgres.fresh(), PostgresSettings()).connect()
    connection.execute("CREATE TABLE kept (id bigint PRIMARY KEY, text text)")
    yield connection
    connection.close()


def count_waits(connection: PostgresConnection, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns a list that gets an entry for each wait for PostgreSQL."""
    waits, wait = list[str](), connection.wait

    def counted(waiting: PQGen[Any], *more: Any) -> Any:
        waits.append("wait")
        return wait(waiting, *more)

    monkeypatch.setattr(connection, "wait", counted)
    return waits


def test_statements_wait_for_postgresql_once_together_and_once_at_the_end(
    connection: PostgresConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = count_waits(connection, monkeypatch)
    with StatementPipeline(connection) as pipeline:
        pipeline.execute("BEGIN")
        pipeline.executemany("INSERT INTO kept VALUES (%s, %s)", [(n, str(n)) for n in range(9)])
        changed = pipeline.execute("UPDATE kept SET text = %s WHERE id < %s", ["new", 3])
        rows = pipeline.execute("SELECT id, text FROM kept WHERE id IN (2, 3) ORDER BY id")
        assert waits == []
        assert changed.rowcount == 3
        assert rows.fetchall() == [(2, "new"), (3, "3")]
        assert len(waits) == 1
        end = pipeline.execute("COMMIT")
    assert end.is_commit
    assert len(waits) == 2


def test_values_come_back_as_they_were_given(connection: PostgresConnection) -> None:
    values = [None, 1, -70_000, 2**40, 1.5, True, "50 %s, 'Grüße' \\ \n", b"\x00\xff", [1, 2**40]]
    kinds = ["text", "bigint", "bigint", "bigint", "float8", "boolean", "text", "bytea", "bigint[]"]
    query = f"SELECT {', '.join(f'%s::{kind}' for kind in kinds)}, '7 %%'"
    for binary in (False, True):
        with StatementPipeline(connection) as pipeline:
            assert pipeline.execute(query, values, binary=binary).fetchone() == (*values, "7 %")


def test_a_text_with_nul_is_refused_before_it_is_sent(connection: PostgresConnection) -> None:
    with pytest.raises(psycopg.DataError), StatementPipeline(connection) as pipeline:
        pipeline.execute("SELECT %s", ["a\0b"])
    assert connection.closed


def test_an_error_is_raised_by_the_next_wait_and_what_follows_is_skipped(
    connection: PostgresConnection,
) -> None:
    def run() -> None:
        with StatementPipeline(connection) as pipeline:
            pipeline.execute("BEGIN")
            before = pipeline.execute("SELECT 7")
            pipeline.execute("INSERT INTO kept VALUES (%s), (%s)", [1, 1])
            skipped = pipeline.execute("SELECT id FROM kept")
            with pytest.raises(UniqueViolation):
                skipped.fetchall()
            assert before.fetchall() == [(7,)]
            with pytest.raises(PipelineAborted):
                skipped.fetchall()
            pipeline.execute("COMMIT")

    with pytest.raises(PipelineAborted):
        run()


def test_an_error_that_nobody_waits_for_is_raised_at_the_end(
    connection: PostgresConnection,
) -> None:
    def run() -> None:
        with StatementPipeline(connection) as pipeline:
            pipeline.execute("BEGIN")
            pipeline.execute("INSERT INTO kept VALUES (7)")
            pipeline.execute("DELETE FROM missing")
            pipeline.execute("COMMIT")

    with pytest.raises(UndefinedTable):
        run()
    assert connection.info.transaction_status is TransactionStatus.INERROR


def test_much_may_be_sent_before_anything_is_read(connection: PostgresConnection) -> None:
    """More than the buffers of both sides hold: neither may wait for the other to read first."""
    with StatementPipeline(connection) as pipeline:
        sent = [pipeline.execute("SELECT %s, %s::text", [n, LONG]) for n in range(MANY)]
        assert [it.fetchone() for it in sent] == [(n, LONG) for n in range(MANY)]


def test_what_runs_again_is_prepared_and_the_oldest_is_given_up(
    connection: PostgresConnection,
) -> None:
    connection.prepared = PreparedStatements(2)
    for query in ("SELECT 1", "SELECT 2", "SELECT 2", "SELECT 3", "SELECT 3", "SELECT 3"):
        with StatementPipeline(connection) as pipeline:
            assert pipeline.execute(query).fetchall() == [(int(query[-1]),)]
    assert connection.execute(PREPARED, prepare=False).fetchall() == [("SELECT 2",), ("SELECT 3",)]
    for query in ("SELECT 4", "SELECT 4", "SELECT 4"):
        with StatementPipeline(connection) as pipeline:
            assert pipeline.execute(query).fetchall() == [(4,)]
    assert connection.execute(PREPARED, prepare=False).fetchall() == [("SELECT 3",), ("SELECT 4",)]


def test_behind_a_pooler_nothing_is_prepared(postgres: Cluster) -> None:
    settings = PostgresSettings(pooler="yes")
    with PostgresConnector(postgres.fresh(), settings).connect() as connection:
        for _ in range(3):
            with StatementPipeline(connection) as pipeline:
                assert pipeline.execute("SELECT %s::bigint", [5]).fetchone() == (5,)
        assert connection.execute(PREPARED, prepare=False).fetchall() == []
