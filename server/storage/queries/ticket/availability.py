"""Agents who may be given work, and the tickets that wait for them."""

from typing import Any, Final

import msgspec

from common.tickets.ticket import Status, Ticket
from server.domain.agent_selection import Candidate
from server.domain.queue_entry import WaitingGroup
from server.domain.roster import Roster
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.log.org_sequence import KnownValue, lock_sequence
from server.storage.queries.person import people
from server.storage.queries.ticket import ticket_rows
from server.storage.tables import desk_tables

_T = desk_tables.TicketModel
_ROSTER: Final = KnownValue[Roster]()


def _make_sql(text: str, places: str) -> Sql:
    return Sql(sqlite=text, postgresql=text.replace("?", "%s"), places=places)


# Literals, not parameters: only then does SQLite use the partial index of loads.
_LOAD: Final = """SELECT count(*) FROM tickets WHERE tickets.org_id = ? AND assignee_id = {}
    AND status IN ('open', 'in_progress') AND waiting_on = 'agent' AND snoozed_until IS NULL"""
_AVAILABLE = _make_sql(
    f"""SELECT id, skills, ({_LOAD.format("users.id")}), capacity, last_assigned_at,
    presence_until FROM users
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
    _T.select(*ticket_rows.COLUMNS)
    .where((_T.org_id == param("org_id")) & (_T.waits_for == param("kind")))
    .order_by(_T.priority.desc(), _T.sla_due, _T.queued_at, _T.number)
    .limit(param("limit"))
)
_HELD = Statement(
    _T.select(*ticket_rows.COLUMNS)
    .where(
        (_T.org_id == param("org_id"))
        & (_T.assignee_id == param("agent_id"))
        & (_T.status == param("status"))
    )
    .order_by(_T.number)
    .limit(param("limit"))
)


def read_roster(writing: WriteTransaction, org_id: int, now: int) -> Roster:
    """Returns the available agents with their loads; read once, then kept up to date.

    The next transaction goes on with it. An agent whose presence has lapsed is not among them, even
    before the timekeeper says so.
    """
    sequence = lock_sequence(writing, org_id)
    roster = _ROSTER.find(sequence)
    if roster is not None and roster.expires_at is not None and roster.expires_at <= now:
        discard_roster(writing, org_id)
        roster = None
    if roster is None:
        roster = load_roster(writing, org_id, now)
        _ROSTER.keep(sequence, roster)
    return roster


def load_roster(reading: ReadTransaction, org_id: int, now: int) -> Roster:
    """Returns the roster as the rows have it."""
    rows = reading.fetch_rows(_AVAILABLE, org_id=org_id, now=now)
    candidates = [
        Candidate(row[0], frozenset(msgspec.json.decode(row[1])), *row[2:5]) for row in rows
    ]
    return Roster(candidates, min((row[5] for row in rows if row[5] is not None), default=None))


def find_loaded_roster(writing: WriteTransaction, org_id: int) -> Roster | None:
    """Returns the roster if it is known: every change of a load has to reach it."""
    return _ROSTER.find(lock_sequence(writing, org_id))


def discard_roster(writing: WriteTransaction, org_id: int) -> None:
    """Drops the roster after a change of presence, skills or capacity: it is read again."""
    roster = _ROSTER.drop(lock_sequence(writing, org_id))
    if roster is not None:
        save_roster(writing, org_id, roster)


def save_roster_at_commit(writing: WriteTransaction, org_id: int, roster: Roster) -> None:
    """Writes the times of assignment once, at the end of the transaction."""
    writing.touched += 1
    writing.call_before_commit((Roster, org_id), lambda _: save_roster(writing, org_id, roster))


def save_roster(writing: WriteTransaction, org_id: int, roster: Roster) -> None:
    """Writes when routing gave each agent a ticket."""
    for agent_id, at in roster.given.items():
        people.record_assignment_time(writing, org_id, agent_id, at)
    roster.given.clear()


def count_agent_load(writing: WriteTransaction, org_id: int, agent_id: int, now: int) -> int:
    """Returns how many tickets wait for this agent's move; counted once, then kept up to date."""
    roster = read_roster(writing, org_id, now)
    load = roster.find_load(agent_id)
    if load is None:
        load = int(writing.fetch_value(_LOAD_OF, org_id=org_id, agent_id=agent_id))
        roster.note_load(agent_id, load)
    return load


def list_waiting_kinds(reading: ReadTransaction, org_id: int) -> list[WaitingGroup]:
    """Returns what tickets wait for, each kind once."""
    return [WaitingGroup.parse(row[0]) for row in reading.fetch_rows(_KINDS, org_id=org_id)]


def list_waiting_tickets(
    reading: ReadTransaction, org_id: int, kind: WaitingGroup, limit: int
) -> list[Ticket]:
    """Returns tickets of one kind in the order of the queue."""
    return _read_tickets(reading, _WAITING, org_id=org_id, kind=kind.text, limit=limit)


def list_agent_tickets(
    reading: ReadTransaction, org_id: int, agent_id: int, status: Status, limit: int
) -> list[Ticket]:
    """Returns an agent's tickets of one status."""
    return _read_tickets(
        reading, _HELD, org_id=org_id, agent_id=agent_id, status=status.value, limit=limit
    )


def _read_tickets(reading: ReadTransaction, statement: Statement, **values: Any) -> list[Ticket]:
    return [ticket_rows.ticket_from_row(row) for row in reading.fetch_rows(statement, **values)]
