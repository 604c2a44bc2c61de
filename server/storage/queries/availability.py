"""The roster of a transaction, and the queue: who may be given work, and what waits for it."""

from typing import Any, Final

import msgspec

from common.tickets.ticket import Status, Ticket
from server.domain.agent_selection import Candidate
from server.domain.queue_entry import WaitingGroup
from server.domain.roster import Roster
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries import people, tickets
from server.storage.tables import desk_tables

_T = desk_tables.TicketModel


def _make_sql(text: str, places: str) -> Sql:
    return Sql(sqlite=text, postgresql=text.replace("?", "%s"), places=places)


# Literals, not parameters: only so SQLite knows that the partial index of a load will do.
_LOAD: Final = """SELECT count(*) FROM tickets WHERE tickets.org_id = ? AND assignee_id = {}
    AND status IN ('open', 'in_progress') AND waiting_on = 'agent' AND snoozed_until IS NULL"""
_AVAILABLE = _make_sql(
    f"""SELECT id, skills, ({_LOAD.format("users.id")}), capacity, last_assigned_at FROM users
    WHERE users.org_id = ? AND presence = 'available' AND active
    AND (presence_until IS NULL OR presence_until > ?)""",
    "org_id org_id now",
)
_LOAD_OF = _make_sql(_LOAD.format("?"), "org_id agent_id")
# Each step seeks the next one, however many tickets share it.
_KINDS = _make_sql(
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


def read_roster(writing: WriteTransaction, org_id: int, now: int) -> Roster:
    """Who is available, with their loads; read once for each transaction, then kept up.

    Whose presence has run out is not there, though the timekeeper has not come by yet.
    """
    roster: Roster | None = writing.notes.get((Roster, org_id))
    if roster is None:
        rows = writing.fetch_rows(_AVAILABLE, org_id=org_id, now=now)
        roster = Roster(
            Candidate(row[0], frozenset(msgspec.json.decode(row[1])), *row[2:]) for row in rows
        )
        writing.notes[Roster, org_id] = roster
    return roster


def find_loaded_roster(writing: WriteTransaction, org_id: int) -> Roster | None:
    """The roster, if this transaction has read it."""
    roster: Roster | None = writing.notes.get((Roster, org_id))
    return roster


def discard_roster(writing: WriteTransaction, org_id: int) -> None:
    """Somebody's presence, skills or capacity changed: the roster is to be read again."""
    roster = find_loaded_roster(writing, org_id)
    if roster is not None:
        save_roster(writing, org_id, roster)
        del writing.notes[Roster, org_id]


def save_roster_at_commit(writing: WriteTransaction, org_id: int, roster: Roster) -> None:
    """When routing gave whom a ticket is written once, at the end of the transaction."""
    writing.before_commit[Roster, org_id] = lambda at_last: save_roster(at_last, org_id, roster)


def save_roster(writing: WriteTransaction, org_id: int, roster: Roster) -> None:
    for agent_id, at in roster.given.items():
        people.record_assignment_time(writing, org_id, agent_id, at)
    roster.given.clear()


def count_agent_load(reading: ReadTransaction, org_id: int, agent_id: int) -> int:
    """How many tickets wait for this agent's move."""
    load: int = reading.fetch_value(_LOAD_OF, org_id=org_id, agent_id=agent_id)
    return load


def list_waiting_kinds(reading: ReadTransaction, org_id: int) -> list[WaitingGroup]:
    """What tickets wait for, each kind once."""
    return [WaitingGroup.parse(row[0]) for row in reading.fetch_rows(_KINDS, org_id=org_id)]


def list_waiting_tickets(
    reading: ReadTransaction, org_id: int, kind: WaitingGroup, limit: int
) -> list[Ticket]:
    """Tickets of one kind in the order of the queue."""
    return _read_tickets(reading, _WAITING, org_id=org_id, kind=kind.text, limit=limit)


def list_agent_tickets(
    reading: ReadTransaction, org_id: int, agent_id: int, status: Status, limit: int
) -> list[Ticket]:
    """An agent's tickets of one status."""
    return _read_tickets(
        reading, _HELD, org_id=org_id, agent_id=agent_id, status=status.value, limit=limit
    )


def _read_tickets(reading: ReadTransaction, statement: Statement, **values: Any) -> list[Ticket]:
    return [tickets.ticket_from_row(row) for row in reading.fetch_rows(statement, **values)]
