"""The event log: written in the transaction of the change, read in the order of its seqs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import peewee as pw
from msgspec import Struct

from common.people import Actor, Role
from common.tickets.redacting import RedactedParts
from common.tickets.score import Rating
from common.tickets.sla import TargetName
from common.tickets.ticket import Ticket
from server.storage.engine.optional_timestamps import loaded
from server.storage.engine.statement import Statement, insert, param
from server.storage.engine.transaction import Reading, Row, Writing
from server.storage.queries.policy_versions import FIRST
from server.storage.tables.desk_tables import Event, Message


class Detail(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an event's row holds beside its columns: ids and values, nobody's name or words.

    A rating's comment is the exception: it is a field of the ticket, see decision 0015.
    """

    changes: Mapping[str, tuple[Any, Any]] = {}
    ticket: Ticket | None = None
    reason: str | None = None
    target: TargetName | None = None
    redacted: RedactedParts | None = None
    user_id: int | None = None
    terms: int = FIRST
    """The version of the organization's terms that was in force."""


class StoredDetail(Struct, frozen=True, kw_only=True):
    """A `Detail` as it is read: the changes still in plain JSON values.

    `rating` is where a rating stood before tickets held theirs.
    """

    changes: dict[str, tuple[Any, Any]] = {}
    ticket: Ticket | None = None
    reason: str | None = None
    target: TargetName | None = None
    rating: Rating | None = None
    redacted: RedactedParts | None = None
    user_id: int | None = None
    terms: int = FIRST

    @property
    def given(self) -> Rating | None:
        """The rating that the event is about."""
        if "rating" not in self.changes:
            return self.rating
        return msgspec.convert(self.changes["rating"][1], Rating)


class Entry(Struct, frozen=True):
    """One event as it stands in the log; `message` is (kind, body) where it is one."""

    org_id: int
    seq: int
    at: datetime
    type: str
    actor_role: Role
    actor_id: int | None
    detail: StoredDetail
    message: tuple[str, str] | None


_INSERT = insert(Event)
_ENTRIES = Event.select(
    Event.org_id,
    Event.seq,
    Event.at,
    Event.type,
    Event.actor_role,
    Event.actor_id,
    Event.body,
    Message.kind,
    Message.body.alias("words"),
).join(
    Message,
    pw.JOIN.LEFT_OUTER,
    on=(Message.org_id == Event.org_id)
    & (Message.number == Event.number)
    & (Message.seq == Event.seq),
)
AFTER = Statement(
    _ENTRIES.where((Event.org_id == param("org_id")) & (Event.seq > param("after")))
    .order_by(Event.seq)
    .limit(param("limit"))
)
_OF_TICKETS = Statement(
    _ENTRIES.where(
        (Event.org_id == param("org_id"))
        & Event.number.is_null(False)
        & (Event.seq > param("after"))
    )
    .order_by(Event.seq)
    .limit(param("limit"))
)
_OF_TICKET = Statement(
    _ENTRIES.where(
        (Event.org_id == param("org_id"))
        & (Event.number == param("number"))
        & (Event.seq > param("after"))
    )
    .order_by(Event.seq)
    .limit(param("limit"))
)
_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(StoredDetail).decode


def add(writing: Writing, actor: Actor, *, seq: int, at: int, type_: str, detail: Detail) -> None:
    """Writes an event's row; `at` is in microseconds since 1970."""
    writing.add(
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


def after(reading: Reading, org_id: int, seq: int, limit: int) -> list[Entry]:
    """Events after a seq, oldest first."""
    rows = reading.rows(AFTER, org_id=org_id, after=seq, limit=limit)
    return [entry(row) for row in rows]


def of_tickets(reading: Reading, org_id: int, seq: int, limit: int) -> list[Entry]:
    """Returns the events of all tickets after a seq, oldest first."""
    rows = reading.rows(_OF_TICKETS, org_id=org_id, after=seq, limit=limit)
    return [entry(row) for row in rows]


def of_ticket(reading: Reading, org_id: int, number: int, seq: int, limit: int) -> list[Entry]:
    """One ticket's events after a seq, oldest first."""
    rows = reading.rows(_OF_TICKET, org_id=org_id, number=number, after=seq, limit=limit)
    return [entry(row) for row in rows]


def entry(row: Row) -> Entry:
    """An event from a row of `AFTER`."""
    return Entry(
        row[0],
        row[1],
        loaded(row[2]),
        row[3],
        Role(row[4]),
        row[5],
        _DECODE(row[6]),
        None if row[7] is None else (row[7], row[8]),
    )
