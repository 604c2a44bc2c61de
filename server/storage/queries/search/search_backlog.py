"""Indexes the tickets that an older server left, in batches, newest first.

`unindexed_below` and `people_unindexed_below` of an organization's counters say how far it has
come. They change in the transaction that indexes, so the work can be interrupted and continued
anywhere. Changes to a ticket that is still missing are indexed with the ticket.
"""

from typing import Final

from msgspec import Struct

from common.tickets.replying import MessageKind
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.log.org_sequence import OrgSequence
from server.storage.queries.person import user_addresses
from server.storage.queries.search import search_index
from server.storage.queries.search.search_index import Document
from server.storage.tables.desk_tables import CounterModel, TicketModel, UserModel

TICKETS_AT_ONCE: Final = 25
PEOPLE_AT_ONCE: Final = 200
"""Rows of one transaction, for which the organization's other writers wait."""

_WAITING = Statement(
    CounterModel.select(
        CounterModel.org_id, CounterModel.unindexed_below, CounterModel.people_unindexed_below
    )
    .where(
        CounterModel.unindexed_below.is_null(False)
        | CounterModel.people_unindexed_below.is_null(False)
    )
    .order_by(CounterModel.org_id)
)
_TICKETS = Statement(
    TicketModel.select(
        TicketModel.number,
        TicketModel.subject,
        TicketModel.description,
        TicketModel.attachments,
        TicketModel.external_id,
    )
    .where((TicketModel.org_id == param("org_id")) & (TicketModel.number < param("below")))
    .order_by(TicketModel.number.desc())
    .limit(param("limit"))
)
_PEOPLE = Statement(
    UserModel.select(UserModel.id, UserModel.name, UserModel.email)
    .where((UserModel.org_id == param("org_id")) & (UserModel.id < param("below")))
    .order_by(UserModel.id.desc())
    .limit(param("limit"))
)
_MESSAGES = Sql(
    sqlite="""SELECT messages.number, json_extract(events.body, '$.ticket.version'), kind,
        messages.body, attachments FROM messages JOIN events USING (org_id, seq)
        WHERE messages.org_id = ? AND messages.number BETWEEN ? AND ?""",
    postgresql="""SELECT messages.number,
        (events.body::json -> 'ticket' ->> 'version')::integer, kind,
        messages.body, attachments FROM messages JOIN events USING (org_id, seq)
        WHERE messages.org_id = %s AND messages.number BETWEEN %s AND %s""",
    places="org_id first last",
)
_LEFT = """SELECT
    (SELECT count(*) FROM tickets JOIN counters USING (org_id) WHERE number < unindexed_below)
    + (SELECT count(*) FROM users JOIN counters USING (org_id) WHERE id < people_unindexed_below)"""
_COUNT = Sql(sqlite=_LEFT, postgresql=_LEFT, places="")
_KEEP = Statement(
    CounterModel.update(
        {
            CounterModel.unindexed_below: param("tickets"),
            CounterModel.people_unindexed_below: param("people"),
        }
    ).where(CounterModel.org_id == param("org_id"))
)


class UnindexedOrganization(Struct, frozen=True):
    """An organization whose index is incomplete; what is below the numbers and ids is missing."""

    org_id: int
    tickets_below: int
    people_below: int


def list_unindexed_organizations(reading: ReadTransaction) -> list[UnindexedOrganization]:
    """Returns every organization whose index is incomplete."""
    return [
        UnindexedOrganization(row[0], row[1] or 0, row[2] or 0)
        for row in reading.fetch_rows(_WAITING)
    ]


def count_unindexed(reading: ReadTransaction) -> int:
    """Returns how many people and tickets are missing."""
    return int(reading.fetch_value(_COUNT) or 0)


def index_next_batch(writing: WriteTransaction, org_id: int) -> int:
    """Indexes a batch of people, then of tickets; returns how many rows, 0 when all is done."""
    own = org_sequence.lock_sequence(writing, org_id)
    if own.people_unindexed_below:
        return _index_people(writing, own)
    if own.unindexed_below:
        return _index_tickets(writing, own)
    return 0


def _index_people(writing: WriteTransaction, own: OrgSequence) -> int:
    rows = writing.fetch_rows(
        _PEOPLE, org_id=own.org_id, below=own.people_unindexed_below, limit=PEOPLE_AT_ONCE
    )
    # From here on these count as indexed, so that `index_person` takes them.
    own.people_unindexed_below = rows[-1][0] if len(rows) == PEOPLE_AT_ONCE else 0
    further = _group_addresses(writing, own.org_id, [row[0] for row in rows])
    for person_id, name, email in rows:
        addresses = [email, *further.get(person_id, ())]
        search_index.index_person(writing, own.org_id, person_id, name, addresses)
    _save_progress(writing, own)
    return max(1, len(rows))


def _group_addresses(reading: ReadTransaction, org_id: int, ids: list[int]) -> dict[int, list[str]]:
    if not ids:
        return {}
    return user_addresses.group_addresses_by_person(reading, org_id, min(ids), max(ids))


def _index_tickets(writing: WriteTransaction, own: OrgSequence) -> int:
    rows = writing.fetch_rows(
        _TICKETS, org_id=own.org_id, below=own.unindexed_below, limit=TICKETS_AT_ONCE
    )
    last, first = own.unindexed_below - 1, rows[-1][0] if len(rows) == TICKETS_AT_ONCE else 0
    # From here on these count as indexed, so that `add_document` takes their texts.
    own.unindexed_below = first
    for number, subject, description, files, external_id in rows:
        text = search_index.build_ticket_text(subject, description, files)
        search_index.add_document(
            writing, Document(own.org_id, number, search_index.TICKET_TEXT, text)
        )
        if external_id is not None:
            search_index.add_references(writing, own.org_id, number, external_id)
    _index_messages(writing, own.org_id, first, last)
    _save_progress(writing, own)
    return max(1, len(rows))


def _index_messages(writing: WriteTransaction, org_id: int, first: int, last: int) -> None:
    rows = writing.fetch_rows(_MESSAGES, org_id=org_id, first=first, last=last)
    for number, version, kind, body, files in rows:
        is_note, text = kind == MessageKind.NOTE.value, search_index.build_message_text(body, files)
        search_index.add_document(writing, Document(org_id, number, version, text, is_note))


def _save_progress(writing: WriteTransaction, own: OrgSequence) -> None:
    writing.write(
        _KEEP,
        org_id=own.org_id,
        tickets=own.unindexed_below or None,
        people=own.people_unindexed_below or None,
    )
