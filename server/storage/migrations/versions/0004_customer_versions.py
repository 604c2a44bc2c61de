"""Adds the time of writing, and the version of a ticket that its customer can see.

`updated_at` of what is there stays: when the clock's changes were really written was not kept.
What customers see is worked out from the log; a ticket whose log is not there has its own values.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec
import peewee as pw

COLUMNS: dict[str, dict[str, type[pw.Field]]] = {
    "counters": {"written_at": pw.BigIntegerField, "renamed_seq": pw.BigIntegerField},
    "tickets": {
        "last_event_at": pw.BigIntegerField,
        "public_version": pw.IntegerField,
        "public_seq": pw.BigIntegerField,
        "public_at": pw.BigIntegerField,
        "returned_by": pw.BigIntegerField,
    },
}

FALLBACK = """UPDATE tickets
    SET public_version = version, public_seq = last_seq, public_at = updated_at"""

RETURNED_BY = {
    "SqliteDatabase": """UPDATE tickets SET returned_by = json_extract(routing, '$.returned_by')
        WHERE routing IS NOT NULL""",
    "PostgresqlDatabase": """UPDATE tickets
        SET returned_by = (routing::json ->> 'returned_by')::bigint WHERE routing IS NOT NULL""",
}

COUNTERS = (
    """UPDATE counters SET written_at = (
        SELECT max(updated_at) FROM tickets WHERE tickets.org_id = counters.org_id)""",
    # Nothing tells which of these changes gave somebody another name: any may have.
    """UPDATE counters SET renamed_seq = (
        SELECT max(seq) FROM events WHERE events.org_id = counters.org_id
        AND events.number IS NULL AND events.type = 'user.changed')""",
)

INDEX = """CREATE INDEX "tickets_org_id_status_last_seq_number" ON "tickets"
    ("org_id", "status", "last_seq", "number")"""

BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

AT_ONCE = 500
"""Tickets read, and corrected, with one statement."""

HIDDEN = frozenset(
    {
        "tags",
        "routing",
        "sla",
        "snoozed_until",
        "customer_id",
        "unanswered_since",
        "resolver_id",
        "queued_at",
        "owned_since",
        "first_resolved_at",
        "standing_since",
    }
)


class Written(msgspec.Struct):
    updated_at: datetime


class Body(msgspec.Struct):
    changes: dict[str, msgspec.Raw] = {}
    ticket: Written | None = None


DECODE = msgspec.json.Decoder(Body).decode


def up(migrator: Any, db: pw.Database) -> None:
    for table, columns in COLUMNS.items():
        for name, field in columns.items():
            migrator.migrate(migrator.add_column(table, name, field(null=True)))
    for statement in (FALLBACK, RETURNED_BY[type(db).__name__], *COUNTERS, INDEX):
        run(db, statement)
    for org_id, last in run(db, "SELECT org_id, max(number) FROM tickets GROUP BY org_id"):
        for first in range(1, last + 1, AT_ONCE):
            correct(db, list(seen(db, org_id, first)))


def seen(db: pw.Database, org_id: int, first: int) -> Iterator[tuple[int, ...]]:
    """Yields (org_id, number, version, seq, microseconds) of the tickets from a number on."""
    mark = db.param
    events = run(
        db,
        f"""SELECT e.number, e.seq, e.type, e.body, m.kind FROM events e
        LEFT JOIN messages m ON m.org_id = e.org_id AND m.number = e.number AND m.seq = e.seq
        WHERE e.org_id = {mark} AND e.number BETWEEN {mark} AND {mark}
        ORDER BY e.number, e.seq""",  # noqa: S608 - the dialect's sign for a place
        (org_id, first, first + AT_ONCE - 1),
    )
    for number, its in groupby(events, key=lambda row: row[0]):
        version, last, written = 0, 0, None
        for _, seq, type_, text, kind in its:
            it = DECODE(text)
            if it.ticket and is_public(type_, kind, it.changes):
                version, last, written = version + 1, seq, it.ticket
        if written:
            yield org_id, number, version, last, (written.updated_at - BEGIN) // MICROSECOND


def is_public(type_: str, kind: str | None, changes: dict[str, Any]) -> bool:
    """Returns whether a customer could see what the event changed."""
    if type_.partition(".")[0] not in {"ticket", "message"}:
        return False
    if kind == "note" or type_ == "ticket.updated":
        return not HIDDEN.issuperset(changes)
    return True


def correct(db: pw.Database, rows: list[tuple[int, ...]]) -> None:
    if not rows:
        return
    places = ", ".join([f"({', '.join([db.param] * 5)})"] * len(rows))
    run(
        db,
        f"""UPDATE tickets SET public_version = v.column3, public_seq = v.column4,
        public_at = v.column5 FROM (VALUES {places}) AS v
        WHERE org_id = v.column1 AND number = v.column2""",  # noqa: S608 - places alone
        tuple(value for row in rows for value in row),
    )


def run(db: pw.Database, statement: str, values: tuple[Any, ...] = ()) -> Any:
    return db.execute_sql(statement, values)  # type: ignore[no-untyped-call]
