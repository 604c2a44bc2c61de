"""Reads and writes tickets."""

from typing import NamedTuple

from common.tickets.ticket import Status, Ticket
from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.ticket.ticket_rows import (
    COLUMNS,
    DERIVED_COLUMNS,
    generate_encoder,
    ticket_from_row,
)
from server.storage.tables import desk_tables

_T = desk_tables.TicketModel
BY_NUMBER = Statement(
    _T.select(*COLUMNS).where((_T.org_id == param("org_id")) & (_T.number == param("number")))
)
WITH_OPENING = Statement(
    _T.select(*COLUMNS, _T.description, _T.attachments).where(
        (_T.org_id == param("org_id")) & (_T.number == param("number"))
    )
)
_DESCRIPTION = Statement(
    _T.select(_T.description).where((_T.org_id == param("org_id")) & (_T.number == param("number")))
)
_OPENING = Statement(
    _T.select(_T.description, _T.attachments).where(
        (_T.org_id == param("org_id")) & (_T.number == param("number"))
    )
)
_WAKE_TIME = Statement(
    _T.select(_T.wake_at).where((_T.org_id == param("org_id")) & (_T.number == param("number")))
)
_INSERT = build_insert(_T)
_encode_new = generate_encoder(_INSERT.parameter_names, "description", "attachments", "wake_at")
_UPDATE = Statement(
    _T.update(
        {
            column: param(column.name)
            for column in (*COLUMNS, *DERIVED_COLUMNS, _T.wake_at)
            if column.name not in {"org_id", "number", "created_at"}
        }
    ).where((_T.org_id == param("org_id")) & (_T.number == param("number")))
)
_encode_changed = generate_encoder(_UPDATE.parameter_names, "wake_at")
_UNRESOLVED = Statement(
    _T.select(*COLUMNS)
    .where(
        (_T.org_id == param("org_id"))
        & (_T.number > param("after"))
        & _T.status.in_([Status.OPEN.value, Status.IN_PROGRESS.value])
    )
    .order_by(_T.number)
    .limit(param("limit"))
)
_DUE = Statement(
    _T.select(_T.org_id, _T.number)
    .where(_T.wake_at <= param("now"))
    .order_by(_T.wake_at)
    .limit(param("limit"))
)
_SET_WAKE_TIME = Statement(
    _T.update({_T.wake_at: param("wake_at")}).where(
        (_T.org_id == param("org_id")) & (_T.number == param("number"))
    )
)
_WAKE_ASSIGNED = Statement(
    _T.update({_T.wake_at: param("now")}).where(
        (_T.org_id == param("org_id"))
        & _T.assignee_id.is_null(False)
        & _T.status.in_([Status.OPEN.value, Status.IN_PROGRESS.value])
    )
)
_WAKE_STATUS = Statement(
    _T.update({_T.wake_at: param("now")}).where(
        (_T.org_id == param("org_id"))
        & (_T.status == param("status"))
        & (_T.wake_at > param("now"))
    )
)
_TAG = build_insert(desk_tables.TicketTagModel)
_UNTAG = Statement(
    desk_tables.TicketTagModel.delete().where(
        (desk_tables.TicketTagModel.org_id == param("org_id"))
        & (desk_tables.TicketTagModel.tag == param("tag"))
        & (desk_tables.TicketTagModel.number == param("number"))
    )
)
_FOLLOW_UPS = Statement(
    _T.select(_T.number)
    .where(
        (_T.org_id == param("org_id"))
        & (_T.customer_id == param("customer_id"))
        & (_T.followup_of == param("number"))
    )
    .order_by(_T.created_at.desc(), _T.number.desc())
)
_BY_EXTERNAL_ID = Statement(
    _T.select(_T.number).where(
        (_T.org_id == param("org_id")) & (_T.external_id == param("external_id"))
    )
)


class Opening(NamedTuple):
    """A ticket's description, and the files of it as the column `attachments` has them."""

    description: str
    files: str | None


def find_ticket(reading: ReadTransaction, org_id: int, number: int) -> Ticket | None:
    row = reading.fetch_row_at((org_id, number), BY_NUMBER, org_id=org_id, number=number)
    return None if row is None else ticket_from_row(row)


def find_ticket_with_opening(
    reading: ReadTransaction, org_id: int, number: int
) -> tuple[Ticket, Opening] | None:
    """Returns the same with its description and its files."""
    row = reading.fetch_row_at((org_id, number), WITH_OPENING, org_id=org_id, number=number)
    return None if row is None else (ticket_from_row(row), Opening(row[-2], row[-1]))


def find_surviving_ticket(reading: ReadTransaction, org_id: int, number: int) -> Ticket | None:
    """Returns the ticket, or the one that its conversation goes on in after merges."""
    ticket = find_ticket(reading, org_id, number)
    while ticket is not None and ticket.merged_into is not None:
        survivor = find_ticket(reading, org_id, ticket.merged_into)
        if survivor is None:
            return ticket
        ticket = survivor
    return ticket


def read_description(reading: ReadTransaction, org_id: int, number: int) -> str:
    row = reading.fetch_row_at((org_id, number), _DESCRIPTION, org_id=org_id, number=number)
    if row is None:
        raise LookupError(f"organization {org_id} has no ticket {number}")
    text: str = row[0]
    return text


def read_opening(reading: ReadTransaction, org_id: int, number: int) -> Opening:
    row = reading.fetch_row_at((org_id, number), _OPENING, org_id=org_id, number=number)
    if row is None:
        raise LookupError(f"organization {org_id} has no ticket {number}")
    return Opening(row[0], row[1])


def read_wake_time(reading: ReadTransaction, org_id: int, number: int) -> int | None:
    """Returns when something is due to the ticket next, as its row says."""
    row = reading.fetch_row_at((org_id, number), _WAKE_TIME, org_id=org_id, number=number)
    return None if row is None else row[0]


def list_follow_ups(
    reading: ReadTransaction, org_id: int, customer_id: int, number: int
) -> list[int]:
    """Returns the numbers of the customer's follow-ups of a ticket, newest first."""
    rows = reading.fetch_rows(_FOLLOW_UPS, org_id=org_id, customer_id=customer_id, number=number)
    return [row[0] for row in rows]


def find_imported_number(reading: ReadTransaction, org_id: int, external_id: str) -> int | None:
    """Returns the number of the ticket that was imported under this id."""
    number: int | None = reading.fetch_value(
        _BY_EXTERNAL_ID, org_id=org_id, external_id=external_id
    )
    return number


def add_ticket(
    writing: WriteTransaction, ticket: Ticket, text: str, wake_at: int | None = None
) -> None:
    """Inserts a ticket's row with its description."""
    row = _encode_new(ticket, text, None, wake_at)
    writing.write_row_later(_INSERT, row, place=(ticket.org_id, ticket.number))
    _update_tags(writing, ticket, (), ticket.tags)


def update_ticket(
    writing: WriteTransaction, before: Ticket, after: Ticket, wake_at: int | None = None
) -> None:
    """Updates a ticket's row; `wake_at` is when something is due to it next, in microseconds."""
    place = after.org_id, after.number
    writing.write_row_later(_UPDATE, _encode_changed(after, wake_at), place=place)
    if before.tags != after.tags:
        _update_tags(writing, after, before.tags, after.tags)


def list_due_tickets(reading: ReadTransaction, now: int, limit: int) -> list[tuple[int, int]]:
    """Returns organization and number of tickets to which something is due, longest first."""
    return [(row[0], row[1]) for row in reading.fetch_rows(_DUE, now=now, limit=limit)]


def list_unresolved_tickets(
    reading: ReadTransaction, org_id: int, after: int, limit: int
) -> list[Ticket]:
    """Returns open tickets and those in progress, from a number on."""
    rows = reading.fetch_rows(_UNRESOLVED, org_id=org_id, after=after, limit=limit)
    return [ticket_from_row(row) for row in rows]


def set_wake_time(writing: WriteTransaction, ticket: Ticket, wake_at: int | None) -> None:
    """Writes when something is due to the ticket next; nothing else has changed."""
    place = ticket.org_id, ticket.number
    writing.write_later(
        _SET_WAKE_TIME, place=place, org_id=place[0], number=place[1], wake_at=wake_at
    )


def wake_tickets_of_status(
    writing: WriteTransaction, org_id: int, status: Status, now: int
) -> None:
    """Has the timekeeper look at all tickets of a status."""
    writing.write(_WAKE_STATUS, org_id=org_id, status=status.value, now=now)


def wake_assigned_tickets(writing: WriteTransaction, org_id: int, now: int) -> None:
    """Has the timekeeper look at all assigned, unresolved tickets."""
    writing.write(_WAKE_ASSIGNED, org_id=org_id, now=now)


def _update_tags(
    writing: WriteTransaction, ticket: Ticket, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    for tag in before:
        if tag not in after:
            writing.write_later(_UNTAG, org_id=ticket.org_id, tag=tag, number=ticket.number)
    for tag in after:
        if tag not in before:
            writing.write_later(_TAG, org_id=ticket.org_id, tag=tag, number=ticket.number)
