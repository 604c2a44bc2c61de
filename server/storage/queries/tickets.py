"""Tickets' rows, and the way between a row and a `Ticket`."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from common.tickets.routing import Routing
from common.tickets.score import Rating
from common.tickets.sla import NEVER, Sla
from common.tickets.ticket import CloseReason, Priority, Status, Ticket, WaitingOn
from server.domain.queue_entry import waits_for
from server.storage.engine.optional_timestamps import loaded, loaded_or_none, stored, stored_or_none
from server.storage.engine.statement import Statement, insert, param
from server.storage.engine.transaction import Reading, Row, Writing
from server.storage.tables import desk_tables

_T = desk_tables.Ticket
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
_PLANNED = Statement(
    _T.select(_T.wake_at).where((_T.org_id == param("org_id")) & (_T.number == param("number")))
)
_INSERT = insert(_T)
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
_REWAKE = Statement(
    _T.update({_T.wake_at: param("wake_at")}).where(
        (_T.org_id == param("org_id")) & (_T.number == param("number"))
    )
)
_LOOK_AGAIN_AT_HELD = Statement(
    _T.update({_T.wake_at: param("now")}).where(
        (_T.org_id == param("org_id"))
        & _T.assignee_id.is_null(False)
        & _T.status.in_([Status.OPEN.value, Status.IN_PROGRESS.value])
    )
)
_LOOK_AGAIN = Statement(
    _T.update({_T.wake_at: param("now")}).where(
        (_T.org_id == param("org_id"))
        & (_T.status == param("status"))
        & (_T.wake_at > param("now"))
    )
)
_TAG = insert(desk_tables.TicketTag)
_UNTAG = Statement(
    desk_tables.TicketTag.delete().where(
        (desk_tables.TicketTag.org_id == param("org_id"))
        & (desk_tables.TicketTag.tag == param("tag"))
        & (desk_tables.TicketTag.number == param("number"))
    )
)
_BY_EXTERNAL_ID = Statement(
    _T.select(_T.number).where(
        (_T.org_id == param("org_id")) & (_T.external_id == param("external_id"))
    )
)


def find(reading: Reading, org_id: int, number: int) -> Ticket | None:
    row = reading.row(_BY_NUMBER, org_id=org_id, number=number)
    return None if row is None else from_row(row)


def description(reading: Reading, org_id: int, number: int) -> str:
    text: str = reading.value(_DESCRIPTION, org_id=org_id, number=number)
    return text


def planned(reading: Reading, org_id: int, number: int) -> int | None:
    """When the ticket's row says that something is due to it next."""
    at: int | None = reading.value(_PLANNED, org_id=org_id, number=number)
    return at


def find_external(reading: Reading, org_id: int, external_id: str) -> int | None:
    """The number of the ticket that was imported under this id."""
    number: int | None = reading.value(_BY_EXTERNAL_ID, org_id=org_id, external_id=external_id)
    return number


def add(writing: Writing, ticket: Ticket, text: str, wake_at: int | None = None) -> None:
    """A new ticket's row, with its description."""
    writing.add(_INSERT, **_values(ticket), description=text, wake_at=wake_at)
    _retag(writing, ticket, (), ticket.tags)


def save(writing: Writing, before: Ticket, after: Ticket, wake_at: int | None = None) -> None:
    """`wake_at` is when something is due to it next, in microseconds since 1970."""
    writing.write(_UPDATE, **_values(after), wake_at=wake_at)
    if before.tags != after.tags:
        _retag(writing, after, before.tags, after.tags)


def due(reading: Reading, now: int, limit: int) -> list[tuple[int, int]]:
    """Organization and number of tickets to which something is due, the longest waiting first."""
    return [(row[0], row[1]) for row in reading.rows(_DUE, now=now, limit=limit)]


def unresolved(reading: Reading, org_id: int, after: int, limit: int) -> list[Ticket]:
    """Open tickets and those in progress, from a number on."""
    rows = reading.rows(_UNRESOLVED, org_id=org_id, after=after, limit=limit)
    return [from_row(row) for row in rows]


def rewake(writing: Writing, ticket: Ticket, wake_at: int | None) -> None:
    """Another instant at which something is due to it: nothing else has changed."""
    writing.write(_REWAKE, org_id=ticket.org_id, number=ticket.number, wake_at=wake_at)


def look_again(writing: Writing, org_id: int, status: Status, now: int) -> None:
    """Has the timekeeper look at all of a status, because when something is due has changed."""
    writing.write(_LOOK_AGAIN, org_id=org_id, status=status.value, now=now)


def look_again_at_held(writing: Writing, org_id: int, now: int) -> None:
    """Has the timekeeper look at all that are somebody's and unresolved."""
    writing.write(_LOOK_AGAIN_AT_HELD, org_id=org_id, now=now)


def _retag(
    writing: Writing, ticket: Ticket, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    for tag in before:
        if tag not in after:
            writing.write(_UNTAG, org_id=ticket.org_id, tag=tag, number=ticket.number)
    for tag in after:
        if tag not in before:
            writing.write(_TAG, org_id=ticket.org_id, tag=tag, number=ticket.number)


def from_row(row: Row) -> Ticket:
    """A ticket from `COLUMNS`."""
    return Ticket(
        org_id=row[0],
        number=row[1],
        subject=row[2],
        category=row[3],
        customer_id=row[4],
        created_at=loaded(row[5]),
        updated_at=loaded(row[6]),
        status=_STATUSES[row[7]],
        priority=PRIORITIES[row[8]],
        tags=() if row[9] == "[]" else tuple(msgspec.json.decode(row[9])),
        assignee_id=row[10],
        waiting_on=_WAITING_ON[row[11]],
        snoozed_until=loaded_or_none(row[12]),
        close_reason=None if row[13] is None else CloseReason(row[13]),
        followup_of=row[14],
        first_response_at=loaded_or_none(row[15]),
        resolved_at=loaded_or_none(row[16]),
        closed_at=loaded_or_none(row[17]),
        reopen_count=row[18],
        version=row[19],
        last_seq=row[20],
        unanswered_since=loaded_or_none(row[21]),
        resolver_id=row[22],
        queued_at=loaded_or_none(row[23]),
        owned_since=loaded_or_none(row[24]),
        sla=None if row[25] is None else _SLA(row[25]),
        routing=None if row[26] is None else _ROUTING(row[26]),
        rating=None if row[27] is None else _RATING(row[27]),
        first_resolved_at=loaded_or_none(row[28]),
        standing_since=loaded_or_none(row[29]),
        external_id=row[30],
        last_event_at=loaded_or_none(row[31]),
        public_version=row[32] or 0,
        public_seq=row[33] or 0,
        public_at=loaded_or_none(row[34]),
    )


def _values(ticket: Ticket) -> dict[str, Any]:
    return {
        "org_id": ticket.org_id,
        "number": ticket.number,
        "subject": ticket.subject,
        "category": ticket.category,
        "customer_id": ticket.customer_id,
        "created_at": stored(ticket.created_at),
        "updated_at": stored(ticket.updated_at),
        "status": ticket.status.value,
        "priority": ticket.priority.rank,
        "tags": msgspec.json.encode(ticket.tags).decode() if ticket.tags else "[]",
        "assignee_id": ticket.assignee_id,
        "waiting_on": ticket.waiting_on.value,
        "snoozed_until": stored_or_none(ticket.snoozed_until),
        "close_reason": ticket.close_reason.value if ticket.close_reason else None,
        "followup_of": ticket.followup_of,
        "first_response_at": stored_or_none(ticket.first_response_at),
        "resolved_at": stored_or_none(ticket.resolved_at),
        "closed_at": stored_or_none(ticket.closed_at),
        "reopen_count": ticket.reopen_count,
        "version": ticket.version,
        "last_seq": ticket.last_seq,
        "unanswered_since": stored_or_none(ticket.unanswered_since),
        "resolver_id": ticket.resolver_id,
        "queued_at": stored_or_none(ticket.queued_at),
        "owned_since": stored_or_none(ticket.owned_since),
        "sla": _text(ticket.sla),
        "routing": _text(ticket.routing),
        "rating": _text(ticket.rating),
        "first_resolved_at": stored_or_none(ticket.first_resolved_at),
        "standing_since": stored_or_none(ticket.standing_since),
        "external_id": ticket.external_id,
        "last_event_at": stored_or_none(ticket.last_event_at),
        "public_version": ticket.public_version,
        "public_seq": ticket.public_seq,
        "public_at": stored_or_none(ticket.public_at),
        "returned_by": ticket.routing.returned_by if ticket.routing else None,
        "sla_due": (ticket.sla.due if ticket.sla else None) or NEVER,
        "waits_for": waits_for(ticket),
    }


def _text(it: Struct | None) -> str | None:
    return None if it is None else _ENCODE(it).decode()
