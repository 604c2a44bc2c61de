"""Tickets' rows, and the way between a row and a `Ticket`."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from common.tickets.routing import Routing
from common.tickets.score import Rating
from common.tickets.sla import NO_DUE_INSTANT, Sla
from common.tickets.ticket import CloseReason, Priority, Status, Ticket, WaitingOn
from server.domain.queue_entry import encode_waiting_group
from server.domain.timestamps import (
    from_microseconds,
    from_optional_microseconds,
    to_microseconds,
    to_optional_microseconds,
)
from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.tables import desk_tables

_T = desk_tables.TicketModel
PRIORITIES: Final = tuple(Priority)
# Looking a member up in a dictionary costs a fifth of asking its class for it.
_STATUSES: Final = {status.value: status for status in Status}
_WAITING_ON: Final = {whose.value: whose for whose in WaitingOn}
_SLA = msgspec.json.Decoder(Sla).decode
_ROUTING = msgspec.json.Decoder(Routing).decode
_RATING = msgspec.json.Decoder(Rating).decode
_ENCODE = msgspec.json.Encoder().encode
COLUMNS = [getattr(_T, name) for name in Ticket.__struct_fields__]
"""The columns that `from_row` reads, in its order."""

_BY_NUMBER = Statement(
    _T.select(*COLUMNS).where((_T.org_id == param("org_id")) & (_T.number == param("number")))
)
_DESCRIPTION = Statement(
    _T.select(_T.description).where((_T.org_id == param("org_id")) & (_T.number == param("number")))
)
_WAKE_TIME = Statement(
    _T.select(_T.wake_at).where((_T.org_id == param("org_id")) & (_T.number == param("number")))
)
_INSERT = build_insert(_T)
_UPDATE = Statement(
    _T.update(
        {
            column: param(column.name)
            for column in (*COLUMNS, _T.sla_due, _T.wake_at, _T.waits_for, _T.returned_by)
            if column.name not in {"org_id", "number", "customer_id", "created_at"}
        }
    ).where((_T.org_id == param("org_id")) & (_T.number == param("number")))
)
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
_BY_EXTERNAL_ID = Statement(
    _T.select(_T.number).where(
        (_T.org_id == param("org_id")) & (_T.external_id == param("external_id"))
    )
)


def find_ticket(reading: ReadTransaction, org_id: int, number: int) -> Ticket | None:
    row = reading.fetch_row(_BY_NUMBER, org_id=org_id, number=number)
    return None if row is None else ticket_from_row(row)


def read_description(reading: ReadTransaction, org_id: int, number: int) -> str:
    text: str = reading.fetch_value(_DESCRIPTION, org_id=org_id, number=number)
    return text


def read_wake_time(reading: ReadTransaction, org_id: int, number: int) -> int | None:
    """When the ticket's row says that something is due to it next."""
    at: int | None = reading.fetch_value(_WAKE_TIME, org_id=org_id, number=number)
    return at


def find_imported_number(reading: ReadTransaction, org_id: int, external_id: str) -> int | None:
    """The number of the ticket that was imported under this id."""
    number: int | None = reading.fetch_value(
        _BY_EXTERNAL_ID, org_id=org_id, external_id=external_id
    )
    return number


def add_ticket(
    writing: WriteTransaction, ticket: Ticket, text: str, wake_at: int | None = None
) -> None:
    """A new ticket's row, with its description."""
    writing.add_row(_INSERT, **_ticket_values(ticket), description=text, wake_at=wake_at)
    _update_tags(writing, ticket, (), ticket.tags)


def update_ticket(
    writing: WriteTransaction, before: Ticket, after: Ticket, wake_at: int | None = None
) -> None:
    """`wake_at` is when something is due to it next, in microseconds since 1970."""
    writing.write(_UPDATE, **_ticket_values(after), wake_at=wake_at)
    if before.tags != after.tags:
        _update_tags(writing, after, before.tags, after.tags)


def list_due_tickets(reading: ReadTransaction, now: int, limit: int) -> list[tuple[int, int]]:
    """Organization and number of tickets to which something is due, the longest waiting first."""
    return [(row[0], row[1]) for row in reading.fetch_rows(_DUE, now=now, limit=limit)]


def list_unresolved_tickets(
    reading: ReadTransaction, org_id: int, after: int, limit: int
) -> list[Ticket]:
    """Open tickets and those in progress, from a number on."""
    rows = reading.fetch_rows(_UNRESOLVED, org_id=org_id, after=after, limit=limit)
    return [ticket_from_row(row) for row in rows]


def set_wake_time(writing: WriteTransaction, ticket: Ticket, wake_at: int | None) -> None:
    """Another instant at which something is due to it: nothing else has changed."""
    writing.write(_SET_WAKE_TIME, org_id=ticket.org_id, number=ticket.number, wake_at=wake_at)


def wake_tickets_of_status(
    writing: WriteTransaction, org_id: int, status: Status, now: int
) -> None:
    """Has the timekeeper look at all of a status, because when something is due has changed."""
    writing.write(_WAKE_STATUS, org_id=org_id, status=status.value, now=now)


def wake_assigned_tickets(writing: WriteTransaction, org_id: int, now: int) -> None:
    """Has the timekeeper look at all that are somebody's and unresolved."""
    writing.write(_WAKE_ASSIGNED, org_id=org_id, now=now)


def _update_tags(
    writing: WriteTransaction, ticket: Ticket, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    for tag in before:
        if tag not in after:
            writing.write(_UNTAG, org_id=ticket.org_id, tag=tag, number=ticket.number)
    for tag in after:
        if tag not in before:
            writing.write(_TAG, org_id=ticket.org_id, tag=tag, number=ticket.number)


def ticket_from_row(row: Row) -> Ticket:
    """A ticket from `COLUMNS`."""
    return Ticket(
        org_id=row[0],
        number=row[1],
        subject=row[2],
        category=row[3],
        customer_id=row[4],
        created_at=from_microseconds(row[5]),
        updated_at=from_microseconds(row[6]),
        status=_STATUSES[row[7]],
        priority=PRIORITIES[row[8]],
        tags=() if row[9] == "[]" else tuple(msgspec.json.decode(row[9])),
        assignee_id=row[10],
        waiting_on=_WAITING_ON[row[11]],
        snoozed_until=from_optional_microseconds(row[12]),
        close_reason=None if row[13] is None else CloseReason(row[13]),
        followup_of=row[14],
        first_response_at=from_optional_microseconds(row[15]),
        resolved_at=from_optional_microseconds(row[16]),
        closed_at=from_optional_microseconds(row[17]),
        reopen_count=row[18],
        version=row[19],
        last_seq=row[20],
        unanswered_since=from_optional_microseconds(row[21]),
        resolver_id=row[22],
        queued_at=from_optional_microseconds(row[23]),
        owned_since=from_optional_microseconds(row[24]),
        sla=None if row[25] is None else _SLA(row[25]),
        routing=None if row[26] is None else _ROUTING(row[26]),
        rating=None if row[27] is None else _RATING(row[27]),
        first_resolved_at=from_optional_microseconds(row[28]),
        standing_since=from_optional_microseconds(row[29]),
        external_id=row[30],
        last_event_at=from_optional_microseconds(row[31]),
        public_version=row[32] or 0,
        public_seq=row[33] or 0,
        public_at=from_optional_microseconds(row[34]),
    )


def _ticket_values(ticket: Ticket) -> dict[str, Any]:
    return {
        "org_id": ticket.org_id,
        "number": ticket.number,
        "subject": ticket.subject,
        "category": ticket.category,
        "customer_id": ticket.customer_id,
        "created_at": to_microseconds(ticket.created_at),
        "updated_at": to_microseconds(ticket.updated_at),
        "status": ticket.status.value,
        "priority": ticket.priority.rank,
        "tags": msgspec.json.encode(ticket.tags).decode() if ticket.tags else "[]",
        "assignee_id": ticket.assignee_id,
        "waiting_on": ticket.waiting_on.value,
        "snoozed_until": to_optional_microseconds(ticket.snoozed_until),
        "close_reason": ticket.close_reason.value if ticket.close_reason else None,
        "followup_of": ticket.followup_of,
        "first_response_at": to_optional_microseconds(ticket.first_response_at),
        "resolved_at": to_optional_microseconds(ticket.resolved_at),
        "closed_at": to_optional_microseconds(ticket.closed_at),
        "reopen_count": ticket.reopen_count,
        "version": ticket.version,
        "last_seq": ticket.last_seq,
        "unanswered_since": to_optional_microseconds(ticket.unanswered_since),
        "resolver_id": ticket.resolver_id,
        "queued_at": to_optional_microseconds(ticket.queued_at),
        "owned_since": to_optional_microseconds(ticket.owned_since),
        "sla": _encode_optional(ticket.sla),
        "routing": _encode_optional(ticket.routing),
        "rating": _encode_optional(ticket.rating),
        "first_resolved_at": to_optional_microseconds(ticket.first_resolved_at),
        "standing_since": to_optional_microseconds(ticket.standing_since),
        "external_id": ticket.external_id,
        "last_event_at": to_optional_microseconds(ticket.last_event_at),
        "public_version": ticket.public_version,
        "public_seq": ticket.public_seq,
        "public_at": to_optional_microseconds(ticket.public_at),
        "returned_by": ticket.routing.returned_by if ticket.routing else None,
        "sla_due": (ticket.sla.due if ticket.sla else None) or NO_DUE_INSTANT,
        "waits_for": encode_waiting_group(ticket),
    }


def _encode_optional(it: Struct | None) -> str | None:
    return None if it is None else _ENCODE(it).decode()
