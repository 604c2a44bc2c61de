"""A million tickets over five years, with the rows that reports read: written by SQL alone.

What would take the desk a quarter of an hour is there within a minute. Times are made of the
ticket's number with primes, so that every run has the same.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from benchmarks.desk_process import ORG
from server.domain.reports.interval_kinds import IntervalKind
from server.domain.timestamps import to_microseconds
from server.storage.engine.transaction import DriverConnection, WriteTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.reports import daily_rollups, rollup_computation

TICKETS: Final = 1_000_000
START: Final = datetime(2021, 1, 1, tzinfo=UTC)
END: Final = datetime(2026, 1, 1, tzinfo=UTC)
AGENTS: Final = 40
_STEP: Final = (to_microseconds(END) - to_microseconds(START)) // TICKETS
_SECOND: Final = 1_000_003

_NUMBERS: Final = {
    "sqlite": f"""(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
        WHERE i < {TICKETS}) SELECT i FROM n) AS numbers""",
    "postgresql": f"(SELECT generate_series(1::bigint, {TICKETS}) AS i) AS numbers",
}
_FILED: Final = f"({to_microseconds(START)} + i * {_STEP})"
_FIRST: Final = f"(((i * 104729) % 28800 + 60) * {_SECOND})"
_NEXT: Final = f"(((i * 1299709) % 14400 + 30) * {_SECOND})"
_RESOLVED: Final = f"({_FIRST} + {_NEXT} + ((i * 15485863) % 259200) * {_SECOND})"
_AGAIN: Final = f"({_RESOLVED} + {86_400 * _SECOND})"
_AGENT: Final = f"1 + (i * 7919) % {AGENTS}"
_CATEGORY: Final = "CASE i % 4 WHEN 0 THEN 'billing' WHEN 1 THEN 'general' ELSE 'orders' END"
_TICKET: Final = f"""INSERT INTO tickets (org_id, number, subject, category, customer_id,
    created_at, updated_at, status, priority, tags, assignee_id, waiting_on, resolved_at,
    closed_at, reopen_count, version, last_seq, description, resolver_id, sla_due)
    SELECT {ORG}, i, 'Printer', {_CATEGORY}, 10000, {_FILED}, {_FILED}, 'closed', i % 4, '[]',
    {_AGENT}, 'agent', {_FILED}, {_FILED}, 0, 1, i, 'It does not print.', {_AGENT},
    9007199254740991 FROM """


def statements(dialect: str) -> Iterator[str]:
    """The statements that fill the tables: tickets first, then their rows kind by kind."""
    numbers = _NUMBERS[dialect]
    yield f"""INSERT INTO users (org_id, id, email, name, role, skills, capacity, presence, active,
        created_at) SELECT org_id, 1 + i, 'agent-' || i, 'Agent ' || i, 'agent', '[]', 10,
        'offline', active, created_at FROM users, {numbers} WHERE org_id = {ORG} AND id = 1
        AND i < {AGENTS}"""
    yield _TICKET + numbers
    for kind, after, value, where in (
        (IntervalKind.FIRST_RESPONSE, _FIRST, _FIRST, ""),
        (IntervalKind.NEXT_RESPONSE, f"({_FIRST} + {_NEXT})", _NEXT, ""),
        (IntervalKind.FIRST_RESOLUTION, _RESOLVED, _RESOLVED, ""),
        (
            IntervalKind.LATER_RESOLUTION,
            f"({_AGAIN} + {_NEXT})",
            f"({_AGAIN} + {_NEXT})",
            "i % 10 = 0",
        ),
        (IntervalKind.REOPENED, _AGAIN, "0", "i % 10 = 0"),
        (IntervalKind.RATED, f"({_RESOLVED} + {_SECOND})", "1 + (i / 5) % 5", "i % 5 = 0"),
        (IntervalKind.KEPT_RESOLUTION, _RESOLVED, "0", "i % 8 <> 0"),
        (IntervalKind.BROKE_RESOLUTION, _RESOLVED, "0", "i % 8 = 0"),
        (IntervalKind.LEFT, _RESOLVED, _RESOLVED, ""),
        (IntervalKind.ENTERED, _AGAIN, "0", "i % 10 = 0"),
    ):
        # Business time is a third of the calendar's, so that both have to be kept.
        yield f"""INSERT INTO intervals (org_id, kind, at, seq, number, agent_id, category,
            priority, value, business)
            SELECT {ORG}, {kind.value}, {_FILED} + {after}, i, i,
            {"NULL" if kind is IntervalKind.LEFT else _AGENT}, {_CATEGORY}, i % 4, {value},
            ({value}) / 3 FROM {numbers} {f"WHERE {where}" if where else ""}"""


def fill(connection: Any, dialect: str) -> None:
    """Seeds and rolls up; the connection is in autocommit mode."""
    if dialect == "postgresql":
        _make_light(connection)
    _in_one(connection, lambda: [connection.execute(text) for text in statements(dialect)])
    connection.execute("ANALYZE")
    more = True
    while more:
        more = _in_one(connection, lambda: _packed(connection, dialect))


def _make_light(connection: Any) -> None:
    """Without a log of their own, and without indexes that no report reads."""
    for table in ("tickets", "intervals"):
        connection.execute(f"ALTER TABLE {table} SET UNLOGGED")
    names = connection.execute(
        """SELECT indexname FROM pg_indexes WHERE tablename = 'tickets'
        AND indexname NOT LIKE '%pkey' AND indexname NOT LIKE '%status_created%'"""
    ).fetchall()
    for (name,) in names:
        connection.execute(f'DROP INDEX "{name}"')


def _packed(connection: DriverConnection, dialect: str) -> bool:
    writing = WriteTransaction(connection, dialect)
    own = org_sequence.lock_sequence(writing, ORG)
    until = to_microseconds(END) // daily_rollups.DAY
    more = all(rollup_computation.roll_up_next_day(writing, own, until) for _ in range(50))
    writing.flush()
    return more


def _in_one(connection: Any, job: Any) -> Any:
    connection.execute("BEGIN")
    result = job()
    connection.execute("COMMIT")
    return result
