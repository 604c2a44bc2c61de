"""Writes that are kept back are found by every read, in the order in which they were given."""

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.storage.engine.pending_writes import ROWS_AT_ONCE, find_target
from server.storage.engine.statement import Sql
from server.storage.engine.transaction import WriteTransaction

TABLES = ("apple", "pear")


def for_each_table(text: str, places: str = "") -> dict[str, Sql]:
    """Returns a statement for each table, whose name stands for T."""
    texts = {it: text.replace(" T ", f" {it} ") for it in TABLES}
    return {it: Sql(sqlite=own, postgresql=own, places=places) for it, own in texts.items()}


INSERT = for_each_table("INSERT INTO T (id, n) VALUES (?, ?)", "id n")
PUT = for_each_table(
    "INSERT INTO T (id, n) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET n = excluded.n", "id n"
)
CHANGE = for_each_table("UPDATE T SET n = n * 10 + ? WHERE id = ?", "n id")
REMOVE = for_each_table("DELETE FROM T WHERE id = ?", "id")
READ = for_each_table("SELECT n FROM T WHERE id = ?", "id")
READ_ALL = for_each_table("SELECT id, n FROM T ORDER BY id")


class Step(NamedTuple):
    what: str
    table: str
    id: int
    n: int


def make_writing() -> WriteTransaction:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for it in TABLES:
        connection.execute(f"CREATE TABLE {it} (id INTEGER PRIMARY KEY, n INTEGER)")
    connection.execute("BEGIN")
    return WriteTransaction(connection, "sqlite")


def play(writing: WriteTransaction, step: Step, *, later: bool) -> object:
    """Runs a step, and returns what it read."""
    place = step.table, step.id
    if step.what == "read":
        return writing.fetch_row_at(place, READ[step.table], id=step.id)
    if step.what == "read all":
        return writing.fetch_rows(READ_ALL[step.table])
    statement = {"put": PUT, "change": CHANGE, "remove": REMOVE}[step.what][step.table]
    if later:
        writing.write_later(statement, place=place, id=step.id, n=step.n)
    else:
        writing.write(statement, id=step.id, n=step.n)
    return None


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["put", "put", "change", "change", "remove", "read", "read all"]),
        st.sampled_from(TABLES),
        st.integers(1, 3),
        st.integers(0, 9),
    ),
    max_size=40,
)


@given(STEPS)
def test_nobody_can_tell_that_writes_are_kept_back(steps: list[Step]) -> None:
    later, at_once = make_writing(), make_writing()
    for step in steps:
        assert play(later, step, later=True) == play(at_once, step, later=False)
    later.flush()
    for it in TABLES:
        assert later.fetch_rows(READ_ALL[it]) == at_once.fetch_rows(READ_ALL[it])


@pytest.mark.parametrize("count", [1, 2, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, 3 * ROWS_AT_ONCE])
def test_any_number_of_rows_is_written(count: int) -> None:
    writing = make_writing()
    for number in range(count):
        writing.write_later(INSERT["apple"], id=number, n=number)
    assert len(writing.fetch_rows(READ_ALL["apple"])) == count


def test_rows_of_one_table_are_one_statement() -> None:
    writing = make_writing()
    statements = trace_statements(writing)
    for number in range(3):
        writing.write_later(INSERT["apple"], id=number, n=number)
        writing.fetch_row_at(("pear", number), READ["pear"], id=number)
    writing.flush()
    assert [text for text in statements if text.startswith("INSERT")] == [
        "INSERT INTO apple (id, n) VALUES (0, 0), (1, 1), (2, 2)"
    ]


def test_a_row_at_another_place_stays_kept_back() -> None:
    writing = make_writing()
    statements = trace_statements(writing)
    writing.write_later(PUT["apple"], place=1, id=1, n=7)
    writing.fetch_row_at(2, READ["apple"], id=2)
    assert not any(text.startswith("INSERT") for text in statements)
    assert writing.fetch_row_at(1, READ["apple"], id=1) == (7,)


def test_a_row_without_a_place_is_waited_for_by_every_read() -> None:
    writing = make_writing()
    writing.write_later(PUT["apple"], id=1, n=7)
    assert writing.fetch_row_at("any", READ["apple"], id=1) == (7,)


def test_only_what_writes_can_be_kept_back() -> None:
    assert find_target('UPDATE "t" SET n = 1') == "t"
    with pytest.raises(ValueError, match="SELECT"):
        find_target("SELECT 1")


def trace_statements(writing: WriteTransaction) -> list[str]:
    """Returns a list that grows with every statement from now on."""
    statements: list[str] = []
    trace: Callable[[str], None] = statements.append
    writing._connection.set_trace_callback(trace)  # type: ignore[attr-defined]
    return statements
