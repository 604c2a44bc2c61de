"""Rows that PostgreSQL gets as one set are the rows that it would have got one by one."""

from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.storage.engine.pending_writes import PendingWrites
from server.storage.engine.row_sets import find_row_set
from server.storage.engine.statement import build_insert
from server.storage.tables.desk_tables import IdempotencyModel, MessageModel, TicketModel
from tests.support.postgres import Cluster

INSERT = "INSERT INTO kept (id, note, text, at) VALUES (%s, %s, %s, %s)"
ROWS = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        st.booleans(),
        st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        st.none() | st.integers(0, 2**53),
    ),
    min_size=2,
    max_size=8,
)


@pytest.fixture(scope="module")
def connection(postgres: Cluster) -> Any:
    with psycopg.connect(postgres.fresh(), autocommit=True) as opened:
        opened.execute("CREATE TABLE kept (id bigint, note boolean, text text, at bigint)")
        yield opened


def write_rows(connection: Any, rows: list[tuple[Any, ...]], *, as_sets: bool) -> list[Any]:
    """Writes the rows, and returns what stands in the table then."""
    connection.execute("TRUNCATE kept")
    pending = PendingWrites(connection.cursor, as_sets=as_sets)
    for row in rows:
        pending.add_row(INSERT, row)
    pending.run_all()
    return list(connection.execute("SELECT * FROM kept").fetchall())


@given(ROWS)
def test_nobody_can_tell_how_rows_were_sent(
    connection: Any, rows: list[tuple[int, bool, str | None, int | None]]
) -> None:
    assert (
        write_rows(connection, rows, as_sets=True)
        == write_rows(connection, rows, as_sets=False)
        == rows
    )


def test_a_set_is_one_statement_of_one_text() -> None:
    row_set = find_row_set(build_insert(MessageModel).get_text("postgresql"))
    assert row_set is not None
    assert row_set.text.count("%s") == 1
    assert row_set.columns == tuple(it.name for it in MessageModel._meta.sorted_fields)


def test_sets_of_several_tables_are_one_statement(connection: Any) -> None:
    connection.execute("CREATE TABLE other (LIKE kept)")
    executed: list[str] = []

    class TracedCursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *arguments: Any, **named: Any) -> Any:
            executed.append(query)
            return super().execute(query, *arguments, **named)

    connection.execute("TRUNCATE kept")
    pending = PendingWrites(lambda: TracedCursor(connection), as_sets=True)
    kept = [(1, True, "it's", None), (2, False, "\\", 7)]
    for row in kept:
        pending.add_row(INSERT, row)
    pending.add_row(INSERT.replace("kept", "other"), (3, True, None, 8))
    pending.run_all()
    assert len(executed) == 1
    written = connection.execute("SELECT * FROM kept UNION ALL SELECT * FROM other ORDER BY id")
    assert written.fetchall() == [*kept, (3, True, None, 8)]


def test_rows_of_bytes_are_no_set() -> None:
    row_set = find_row_set(build_insert(IdempotencyModel).get_text("postgresql"))
    assert row_set is not None
    assert row_set.encode_rows([(1, b"{}")] * 2) is None


def test_only_a_plain_insert_has_a_set() -> None:
    for text in (
        "INSERT INTO followers (number) VALUES (%s) ON CONFLICT DO NOTHING",
        "INSERT INTO words (text) VALUES (lower(%s))",
        'UPDATE "tickets" SET "version" = %s',
    ):
        assert find_row_set(text) is None
    assert find_row_set(build_insert(TicketModel).get_text("postgresql")) is not None
