"""The event log: written in the transaction of the change, read in the order of its seqs."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
import peewee as pw
from msgspec import Struct

from common.people import Actor, Presence, Role
from common.tickets.redacting import RedactedParts
from common.tickets.score import Rating
from common.tickets.sla import TargetName
from common.tickets.ticket import Ticket
from common.tickets.undelivered import FailedDelivery
from server.domain.timestamps import from_microseconds
from server.storage.engine.statement import Sql, Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.queries.log.policy_versions import FIRST_VERSION
from server.storage.tables.desk_tables import EventModel, MessageModel

_PAGE_SIZE: Final = 500
"""Events of a ticket that are read at once."""


class EventDetail(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The stored part of an event beside its columns: ids and values, no names and no texts.

    A rating's comment is the exception: it is a field of the ticket, see decision 0015.
    """

    changes: Mapping[str, tuple[Any, Any]] = {}
    ticket: Ticket | None = None
    reason: str | None = None
    target: TargetName | None = None
    redacted: RedactedParts | None = None
    undelivered: FailedDelivery | None = None
    user_id: int | None = None
    presence: Presence | None = None
    """The person's presence after the event."""
    terms: int = FIRST_VERSION
    """The version of the organization's policies at that time."""


class StoredEventDetail(Struct, frozen=True, kw_only=True):
    """An `EventDetail` as it is read: the changes are still plain JSON values.

    `rating` is where older events keep their rating; older ones have no `presence`.
    """

    changes: dict[str, tuple[Any, Any]] = {}
    ticket: Ticket | None = None
    reason: str | None = None
    target: TargetName | None = None
    rating: Rating | None = None
    redacted: RedactedParts | None = None
    undelivered: FailedDelivery | None = None
    user_id: int | None = None
    presence: Presence | None = None
    terms: int = FIRST_VERSION

    @property
    def given_rating(self) -> Rating | None:
        """The rating that the event gives, or None."""
        if "rating" not in self.changes:
            return self.rating
        return msgspec.convert(self.changes["rating"][1], Rating | None)


class LogEntry(Struct, frozen=True):
    """An event as it is in the log; `message` is (kind, body) where the event is a message.

    `source`, `attachments` and `copied_from` are those of the message, as stored.
    """

    org_id: int
    seq: int
    at: datetime
    type: str
    actor_role: Role
    actor_id: int | None
    detail: StoredEventDetail
    message: tuple[str, str] | None
    source: str | None = None
    attachments: str | None = None
    copied_from: int | None = None


_INSERT = build_insert(EventModel)
_ENTRIES = EventModel.select(
    EventModel.org_id,
    EventModel.seq,
    EventModel.at,
    EventModel.type,
    EventModel.actor_role,
    EventModel.actor_id,
    EventModel.body,
    MessageModel.kind,
    MessageModel.body.alias("words"),
    MessageModel.source,
    MessageModel.attachments,
    MessageModel.copied_from,
).join(
    MessageModel,
    pw.JOIN.LEFT_OUTER,
    on=(MessageModel.org_id == EventModel.org_id)
    & (MessageModel.number == EventModel.number)
    & (MessageModel.seq == EventModel.seq),
)
EVENTS_AFTER = Statement(
    _ENTRIES.where((EventModel.org_id == param("org_id")) & (EventModel.seq > param("after")))
    .order_by(EventModel.seq)
    .limit(param("limit"))
)
_OF_TICKETS = Statement(
    _ENTRIES.where(
        (EventModel.org_id == param("org_id"))
        & EventModel.number.is_null(False)
        & (EventModel.seq > param("after"))
    )
    .order_by(EventModel.seq)
    .limit(param("limit"))
)
_OF_TICKET = Statement(
    _ENTRIES.where(
        (EventModel.org_id == param("org_id"))
        & (EventModel.number == param("number"))
        & (EventModel.seq > param("after"))
    )
    .order_by(EventModel.seq)
    .limit(param("limit"))
)
_OPENING_SEQ = Statement(
    EventModel.select(pw.fn.MIN(EventModel.seq)).where(
        (EventModel.org_id == param("org_id")) & (EventModel.number == param("number"))
    )
)
_MESSAGE_VERSION = Sql(
    sqlite="""SELECT json_extract(body, '$.ticket.version') FROM events
        WHERE org_id = ? AND seq = ?""",
    postgresql="""SELECT (body::json -> 'ticket' ->> 'version')::integer FROM events
        WHERE org_id = %s AND seq = %s""",
    places="org_id seq",
)
_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(StoredEventDetail).decode


def read_opening_seq(reading: ReadTransaction, org_id: int, number: int) -> int:
    """Returns the seq of the event that created a ticket."""
    seq: int = reading.fetch_value(_OPENING_SEQ, org_id=org_id, number=number)
    return seq


def read_message_version(reading: ReadTransaction, org_id: int, seq: int) -> int:
    """Returns the version of the ticket with this message, under which it is indexed."""
    version: int = reading.fetch_value(_MESSAGE_VERSION, org_id=org_id, seq=seq)
    return version


def add_event(
    writing: WriteTransaction, actor: Actor, *, seq: int, at: int, type_: str, detail: EventDetail
) -> None:
    """Writes an event's row; `at` is in microseconds since 1970."""
    writing.write_later(
        _INSERT,
        org_id=actor.org_id,
        seq=seq,
        at=at,
        type=type_,
        actor_role=actor.role.value,
        actor_id=actor.id,
        number=None if detail.ticket is None else detail.ticket.number,
        body=_ENCODE(detail).decode(),
    )


def list_events(reading: ReadTransaction, org_id: int, seq: int, limit: int) -> list[LogEntry]:
    """Returns events after a seq, oldest first."""
    rows = reading.fetch_rows(EVENTS_AFTER, org_id=org_id, after=seq, limit=limit)
    return [entry_from_row(row) for row in rows]


def list_events_of_tickets(
    reading: ReadTransaction, org_id: int, seq: int, limit: int
) -> list[LogEntry]:
    """Returns the events of all tickets after a seq, oldest first."""
    rows = reading.fetch_rows(_OF_TICKETS, org_id=org_id, after=seq, limit=limit)
    return [entry_from_row(row) for row in rows]


def list_ticket_events(
    reading: ReadTransaction, org_id: int, number: int, seq: int, limit: int
) -> list[LogEntry]:
    """Returns one ticket's events after a seq, oldest first."""
    rows = reading.fetch_rows(_OF_TICKET, org_id=org_id, number=number, after=seq, limit=limit)
    return [entry_from_row(row) for row in rows]


def read_ticket_log(reading: ReadTransaction, org_id: int, number: int) -> Iterator[LogEntry]:
    """Yields all events of one ticket, oldest first, and reads them page by page."""
    after = 0
    while page := list_ticket_events(reading, org_id, number, after, _PAGE_SIZE):
        yield from page
        after = page[-1].seq


def entry_from_row(row: Row) -> LogEntry:
    """Returns an event from its row."""
    return LogEntry(
        row[0],
        row[1],
        from_microseconds(row[2]),
        row[3],
        Role(row[4]),
        row[5],
        _DECODE(row[6]),
        None if row[7] is None else (row[7], row[8]),
        row[9],
        row[10],
        row[11],
    )
