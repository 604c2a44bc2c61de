"""The first page of a list as a bare script makes it: one query, dicts, json."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

PRIORITIES: Final = ("low", "normal", "high", "urgent")
_COLUMNS: Final = """
SELECT t.org_id, t.number, t.subject, t.status, t.priority, t.category, t.tags,
       c.id, c.name, c.email, a.id, a.name, t.waiting_on, t.snoozed_until, t.close_reason,
       t.followup_of, t.created_at, t.updated_at, t.first_response_at, t.resolved_at,
       t.closed_at, t.reopen_count, t.version, t.last_seq, t.external_id
"""
_PEOPLE: Final = """
JOIN users AS c ON c.org_id = t.org_id AND c.id = t.customer_id
LEFT JOIN users AS a ON a.org_id = t.org_id AND a.id = t.assignee_id
"""
_FIRST: Final = " ORDER BY t.created_at DESC, t.number DESC LIMIT 25"
PAGE: Final = (
    f"{_COLUMNS} FROM tickets AS t {_PEOPLE} WHERE t.org_id = ? AND t.status = 'open' {_FIRST}"
)
SEARCH: Final = f"""{_COLUMNS} FROM (SELECT DISTINCT (rowid >> 22) & 16777215 AS hit
    FROM ticket_search WHERE ticket_search MATCH ?)
    CROSS JOIN tickets AS t ON t.number = hit {_PEOPLE} WHERE t.org_id = ? {_FIRST}"""
"""A bare full-text search of SQLite: match, join, sort, the first page."""
SEQ: Final = "SELECT seq FROM counters WHERE org_id = ?"


def page(database: sqlite3.Connection, org_id: int, cursor: str) -> dict[str, Any]:
    """The page as our server answers it; only the cursor is given, not made."""
    (seq,) = database.execute(SEQ, (org_id,)).fetchone()
    return make_page(database.execute(PAGE, (org_id,)), cursor, seq)


def make_page(rows: Iterable[Sequence[Any]], cursor: str, seq: int) -> dict[str, Any]:
    """The page of these rows of `PAGE`."""
    return {"items": [_ticket(*row) for row in rows], "next_cursor": cursor, "seq": seq}


def hits(database: sqlite3.Connection, org_id: int, match: str) -> dict[str, Any]:
    """The first page of what an FTS5 expression finds."""
    (seq,) = database.execute(SEQ, (org_id,)).fetchone()
    items = [_ticket(*row) for row in database.execute(SEARCH, (match, org_id))]
    return {"items": items, "next_cursor": None, "seq": seq}


def _ticket(*row: Any) -> dict[str, Any]:
    assignee = None if row[10] is None else {"id": row[10], "name": row[11]}
    return {
        "org_id": row[0],
        "number": row[1],
        "subject": row[2],
        "status": row[3],
        "priority": PRIORITIES[row[4]],
        "category": row[5],
        "tags": [] if row[6] == "[]" else row[6][2:-2].split('","'),
        "customer": {"id": row[7], "name": row[8], "email": row[9]},
        "assignee": assignee,
        "waiting_on": row[12],
        "snoozed_until": _time(row[13]),
        "close_reason": row[14],
        "followup_of": row[15],
        "created_at": _time(row[16]),
        "updated_at": _time(row[17]),
        "first_response_at": _time(row[18]),
        "resolved_at": _time(row[19]),
        "closed_at": _time(row[20]),
        "reopen_count": row[21],
        "routing": None,
        "sla": None,
        "rating": None,
        "version": row[22],
        "last_seq": row[23],
        "external_id": row[24],
    }


def _time(microseconds: int | None) -> str | None:
    if microseconds is None:
        return None
    at = datetime.fromtimestamp(microseconds / 1e6, UTC)
    return at.isoformat().replace("+00:00", "Z")
