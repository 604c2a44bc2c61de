"""The profile of writes names functions of the product: a renamed one must not drop out of it."""

import pytest

from benchmarks.timed_server import TIMED, find_function, name_statement


@pytest.mark.parametrize("place", sorted(place for group in TIMED.values() for place in group))
def test_every_timed_function_exists(place: str) -> None:
    owner, name = find_function(place)
    assert callable(getattr(owner, name))


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ('INSERT INTO "events" ("org_id") VALUES (?)', "INSERT INTO events"),
        ('SELECT "t1"."id" FROM "users" AS "t1"', "SELECT users"),
        ("UPDATE counters SET seq = ?", "UPDATE counters"),
        ("BEGIN IMMEDIATE", "BEGIN IMMEDIATE"),
    ],
)
def test_a_statement_is_named_by_its_verb_and_table(statement: str, name: str) -> None:
    assert name_statement(statement) == name
