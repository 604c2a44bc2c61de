"""Rows that are read ahead are what the statement itself would read, whatever is written."""

import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from server.storage.engine.rows_ahead import ANY_TABLE, find_written_table
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import WriteTransaction
from server.storage.tables.notification_tables import FollowerModel

ORG = 4821
NUMBERS = (1, 2, 3)
READ = Statement(
    FollowerModel.select(FollowerModel.user_id)
    .where((FollowerModel.org_id == param("org_id")) & (FollowerModel.number == param("number")))
    .order_by(FollowerModel.user_id)
)
READ_MANY = Sql(
    sqlite="SELECT number, user_id FROM followers WHERE org_id = ? ORDER BY user_id",
    postgresql="",
    places="org_id",
)
ADD = Sql(
    sqlite="INSERT INTO followers (org_id, number, user_id) VALUES (?, ?, ?)"
    " ON CONFLICT DO NOTHING",
    postgresql="",
    places="org_id number user_id",
)
REMOVE = Sql(
    sqlite="DELETE FROM followers WHERE org_id = ? AND number = ?",
    postgresql="",
    places="org_id number",
)
REMOVE_PERSON = Sql(
    sqlite="DELETE FROM followers WHERE org_id = ? AND user_id = ?",
    postgresql="",
    places="org_id user_id",
)


def make_writing() -> WriteTransaction:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE followers (org_id, number, user_id, UNIQUE (number, user_id))")
    connection.execute("INSERT INTO followers VALUES (4821, 1, 7), (4821, 1, 8), (4821, 2, 7)")
    connection.execute("BEGIN")
    return WriteTransaction(connection, "sqlite")


def expect_followers(writing: WriteTransaction) -> None:
    keys = [(number,) for number in NUMBERS]
    writing.expect_rows(READ, keys, READ_MANY, {"org_id": ORG}, by_place=True)


def play(writing: WriteTransaction, step: str, number: int, person: int) -> object:
    """Runs a step, and returns what it read."""
    values = {"org_id": ORG, "number": number, "user_id": person}
    match step:
        case "read":
            return writing.fetch_rows(READ, org_id=ORG, number=number)
        case "read first":
            return writing.fetch_row(READ, org_id=ORG, number=number)
        case "read at its place":
            return writing.fetch_row_at((ORG, number), READ, org_id=ORG, number=number)
        case "add":
            writing.write_later(ADD, place=(ORG, number), **values)
        case "add anywhere":
            writing.write_later(ADD, **values)
        case "remove":
            writing.write(REMOVE, **values)
        case _:
            writing.write_later(REMOVE_PERSON, **values)
    return None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["read", "read", "read first", "read at its place", "add", "add anywhere", "remove", ""]
        ),
        st.sampled_from(NUMBERS),
        st.integers(7, 9),
    ),
    max_size=30,
)


@given(STEPS)
def test_nobody_can_tell_that_rows_were_read_ahead(steps: list[tuple[str, int, int]]) -> None:
    ahead, plain = make_writing(), make_writing()
    expect_followers(ahead)
    for step in steps:
        assert play(ahead, *step) == play(plain, *step)


def test_rows_that_were_read_ahead_need_no_statement() -> None:
    writing = make_writing()
    expect_followers(writing)
    statements: list[str] = []
    writing._connection.set_trace_callback(statements.append)  # type: ignore[attr-defined]
    assert [writing.fetch_rows(READ, org_id=ORG, number=it) for it in NUMBERS] == [
        [(7,), (8,)],
        [(7,)],
        [],
    ]
    play(writing, "add", 3, 9)
    assert writing.fetch_rows(READ, org_id=ORG, number=1) == [(7,), (8,)]
    assert not statements
    assert writing.fetch_rows(READ, org_id=ORG, number=3) == [(9,)]
    assert statements


def test_what_a_statement_changes_is_found_in_its_text() -> None:
    assert find_written_table('SELECT "updated_at" FROM "tickets"') is None
    assert find_written_table('UPDATE "tickets" SET "version" = %s') == "tickets"
    assert find_written_table("WITH old AS (DELETE FROM a RETURNING id) SELECT 1") == ANY_TABLE
