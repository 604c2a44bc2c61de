"""The roster of a transaction, and the queue: who may be given work, and what waits for it."""

from typing import Any, Final

import msgspec

from common.tickets.ticket import Status, Ticket
from server.domain.agent_selection import Candidate
from server.domain.queue_entry import Kind
from server.domain.roster import Roster
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.queries import people, tickets
from server.storage.tables import desk_tables

_T = desk_tables.Ticket


def _sql(text: str, places: str) -> Sql:
    return Sql(sqlite=text, postgresql=text.replace("?", "%s"), places=places)


# Literals, not parameters: only so SQLite knows that the partial index of a load will do.
_LOAD: Final = """SELECT count(*) FROM tickets WHERE tickets.org_id = ? AND assignee_id = {}
    AND status IN ('open', 'in_progress') AND waiting_on = 'agent' AND snoozed_until IS NULL"""
_AVAILABLE = _sql(
    f"""SELECT id, skills, ({_LOAD.format("users.id")}), capacity, last_assigned_at FROM users
    WHERE users.org_id = ? AND presence = 'available' AND active
    AND (presence_until IS NULL OR presence_until > ?)""",
    "org_id org_id now",
)
_LOAD_OF = _sql(_LOAD.format("?"), "org_id agent_id")
# Each step seeks the next one, however many tickets share it.
_KINDS = _sql(
    """WITH RECURSIVE kinds (kind) AS (
        SELECT min(waits_for) FROM tickets WHERE org_id = ? AND waits_for IS NOT NULL
        UNION ALL
        SELECT (SELECT min(waits_for) FROM tickets WHERE org_id = ? AND waits_for > kind)
        FROM kinds WHERE kind IS NOT NULL)
    SELECT kind FROM kinds WHERE kind IS NOT NULL""",
    "org_id org_id",
)
_WAITING = Statement(
    _T.select(*tickets.COLUMNS)
    .where((_T.org_id == param("org_id")) & (_T.waits_for == param("kind")))
    .order_by(_T.priority.desc(), _T.sla_due, _T.queued_at, _T.number)
    .limit(param("limit"))
)
_HELD = Statement(
    _T.select(*tickets.COLUMNS)
    .where(
        (_T.org_id == param("org_id"))
        & (_T.assignee_id == param("agent_id"))
        & (_T.status == param("status"))
    )
    .order_by(_T.number)
    .limit(param("limit"))
)


def of(writing: Writing, org_id: int, now: int) -> Roster:
    """Who is available, with their loads; read once for each transaction, then kept up.

    Whose presence has run out is not there, though the timekeeper has not come by yet.
    """
    roster: Roster | None = writing.notes.get((Roster, org_id))
    if roster is None:
        rows = writing.rows(_AVAILABLE, org_id=org_id, now=now)
        roster = Roster(
            Candidate(row[0], frozenset(msgspec.json.decode(row[1])), *row[2:]) for row in rows
        )
        writing.notes[Roster, org_id] = roster
    return roster


def known(writing: Writing, org_id: int) -> Roster | None:
    """The roster, if this transaction has read it."""
    roster: Roster | None = writing.notes.get((Roster, org_id))
    return roster


def forget(writing: Writing, org_id: int) -> None:
    """Somebody's presence, skills or capacity changed: the roster is to be read again."""
    roster = known(writing, org_id)
    if roster is not None:
        keep(writing, org_id, roster)
        del writing.notes[Roster, org_id]


def owe(writing: Writing, org_id: int, roster: Roster) -> None:
    """When routing gave whom a ticket is written once, at the end of the transaction."""
    writing.before_commit[Roster, org_id] = lambda at_last: keep(at_last, org_id, roster)


def keep(writing: Writing, org_id: int, roster: Roster) -> None:
    for agent_id, at in roster.given.items():
        people.note_given(writing, org_id, agent_id, at)
    roster.given.clear()


def load_of(reading: Reading, org_id: int, agent_id: int) -> int:
    """How many tickets wait for this agent's move."""
    load: int = reading.value(_LOAD_OF, org_id=org_id, agent_id=agent_id)
    return load


def kinds(reading: Reading, org_id: int) -> list[Kind]:
    """What tickets wait for, each kind once."""
    return [Kind.of(row[0]) for row in reading.rows(_KINDS, org_id=org_id)]


def waiting(reading: Reading, org_id: int, kind: Kind, limit: int) -> list[Ticket]:
    """Tickets of one kind in the order of the queue."""
    return _tickets(reading, _WAITING, org_id=org_id, kind=kind.text, limit=limit)


def held(reading: Reading, org_id: int, agent_id: int, status: Status, limit: int) -> list[Ticket]:
    """An agent's tickets of one status."""
    return _tickets(
        reading, _HELD, org_id=org_id, agent_id=agent_id, status=status.value, limit=limit
    )


def _tickets(reading: Reading, statement: Statement, **values: Any) -> list[Ticket]:
    return [tickets.from_row(row) for row in reading.rows(statement, **values)]
