"""Indexes the tickets that an older server left, some at a time, the newest first.

`unindexed_below` and `people_unindexed_below` of an organization's counters say how far it has
come, and change in the transaction that indexes: so it can be broken off and go on anywhere.
Nothing that happens to a ticket below is indexed before the ticket's turn comes.
"""

from typing import Final

from msgspec import Struct

from common.tickets.replying import MessageKind
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.queries import org_sequence, search_index
from server.storage.queries.org_sequence import Ledger
from server.storage.queries.search_index import Document
from server.storage.tables.desk_tables import Counter, Ticket, User

TICKETS_AT_ONCE: Final = 25
PEOPLE_AT_ONCE: Final = 200
"""Rows of one transaction: so long an organization's other writers wait."""

_WAITING = Statement(
    Counter.select(Counter.org_id, Counter.unindexed_below, Counter.people_unindexed_below)
    .where(Counter.unindexed_below.is_null(False) | Counter.people_unindexed_below.is_null(False))
    .order_by(Counter.org_id)
)
_TICKETS = Statement(
    Ticket.select(Ticket.number, Ticket.subject, Ticket.description, Ticket.external_id)
    .where((Ticket.org_id == param("org_id")) & (Ticket.number < param("below")))
    .order_by(Ticket.number.desc())
    .limit(param("limit"))
)
_PEOPLE = Statement(
    User.select(User.id, User.name, User.email)
    .where((User.org_id == param("org_id")) & (User.id < param("below")))
    .order_by(User.id.desc())
    .limit(param("limit"))
)
_MESSAGES = Sql(
    sqlite="""SELECT messages.number, json_extract(events.body, '$.ticket.version'), kind,
        messages.body FROM messages JOIN events USING (org_id, seq)
        WHERE messages.org_id = ? AND messages.number BETWEEN ? AND ?""",
    postgresql="""SELECT messages.number,
        (events.body::json -> 'ticket' ->> 'version')::integer, kind,
        messages.body FROM messages JOIN events USING (org_id, seq)
        WHERE messages.org_id = %s AND messages.number BETWEEN %s AND %s""",
    places="org_id first last",
)
_LEFT = """SELECT
    (SELECT count(*) FROM tickets JOIN counters USING (org_id) WHERE number < unindexed_below)
    + (SELECT count(*) FROM users JOIN counters USING (org_id) WHERE id < people_unindexed_below)"""
_COUNT = Sql(sqlite=_LEFT, postgresql=_LEFT, places="")
_KEEP = Statement(
    Counter.update(
        {
            Counter.unindexed_below: param("tickets"),
            Counter.people_unindexed_below: param("people"),
        }
    ).where(Counter.org_id == param("org_id"))
)


class Waiting(Struct, frozen=True):
    """An organization whose index is not whole; numbers and ids below are left to do."""

    org_id: int
    tickets_below: int
    people_below: int


def waiting(reading: Reading) -> list[Waiting]:
    """Returns every organization with something left to do."""
    return [Waiting(row[0], row[1] or 0, row[2] or 0) for row in reading.rows(_WAITING)]


def count_left(reading: Reading) -> int:
    """Returns how many people and tickets are left to do."""
    return int(reading.value(_COUNT) or 0)


def advance(writing: Writing, org_id: int) -> int:
    """Indexes people, then tickets, some at a time; answers how many rows, 0 when all is done."""
    own = org_sequence.take(writing, org_id)
    if own.people_unindexed_below:
        return _index_people(writing, own)
    if own.unindexed_below:
        return _index_tickets(writing, own)
    return 0


def _index_people(writing: Writing, own: Ledger) -> int:
    rows = writing.rows(
        _PEOPLE, org_id=own.org_id, below=own.people_unindexed_below, limit=PEOPLE_AT_ONCE
    )
    # From here on these count as indexed, so that `put_person` takes them.
    own.people_unindexed_below = rows[-1][0] if len(rows) == PEOPLE_AT_ONCE else 0
    for person_id, name, email in rows:
        search_index.put_person(writing, own.org_id, person_id, name, email)
    _keep(writing, own)
    return max(1, len(rows))


def _index_tickets(writing: Writing, own: Ledger) -> int:
    rows = writing.rows(
        _TICKETS, org_id=own.org_id, below=own.unindexed_below, limit=TICKETS_AT_ONCE
    )
    last, first = own.unindexed_below - 1, rows[-1][0] if len(rows) == TICKETS_AT_ONCE else 0
    # From here on these count as indexed, so that `add` takes their documents.
    own.unindexed_below = first
    for number, subject, description, external_id in rows:
        text = search_index.own_text(subject, description)
        search_index.add(writing, Document(own.org_id, number, search_index.OWN_TEXT, text))
        if external_id is not None:
            search_index.add_references(writing, own.org_id, number, external_id)
    _index_messages(writing, own.org_id, first, last)
    _keep(writing, own)
    return max(1, len(rows))


def _index_messages(writing: Writing, org_id: int, first: int, last: int) -> None:
    rows = writing.rows(_MESSAGES, org_id=org_id, first=first, last=last)
    for number, version, kind, body in rows:
        is_note = kind == MessageKind.NOTE.value
        search_index.add(writing, Document(org_id, number, version, body, is_note))


def _keep(writing: Writing, own: Ledger) -> None:
    writing.write(
        _KEEP,
        org_id=own.org_id,
        tickets=own.unindexed_below or None,
        people=own.people_unindexed_below or None,
    )
