"""Notices' rows: one for each audience of a deed, read by all who belong to it."""

from functools import lru_cache
from typing import Any, Final

import peewee as pw
from msgspec import Struct

from common.notifications import Reason
from common.people import SUPERVISORS as SUPERVISING
from common.people import Role
from common.preferences import Kind, Relation
from common.tickets.replying import MessageKind
from common.tickets.ticket import Status
from server.domain.notification_preferences import Topic
from server.domain.notification_rules import SUPERVISORS, TEAM, Telling
from server.storage.engine.statement import Statement, Together, insert, param
from server.storage.engine.transaction import Reading, Row, Writing
from server.storage.tables.desk_tables import Event, Message, Ticket
from server.storage.tables.notification_tables import Notice

MOST_UNREAD: Final = 1000
"""So many unread notices are counted; there may be more."""
_BEGINNING: Final = 200
"""Characters of a message that its notice shows."""
_INSERT = insert(Notice)
_FORGET = Statement(
    Notice.delete().where(
        (Notice.org_id == param("org_id")) & (Notice.audience == param("person_id"))
    )
)
LIVE = Statement(
    Notice.select(Notice.audience)
    .where(
        (Notice.org_id == param("org_id"))
        # As it stands in the index, which no parameter would be.
        & pw.SQL('"t1"."audience" BETWEEN 1000 AND 9999')
        & (Notice.id > param("after"))
        & (Notice.id <= param("after") + param("limit"))
    )
    .order_by(Notice.id)
)
"""Which agents were told of something in person, by deeds that began with these events."""
LIVE_TO_SUPERVISORS = Statement(
    Notice.select(Notice.actor_id)
    .where(
        (Notice.org_id == param("org_id"))
        & (Notice.audience == SUPERVISORS)
        & (Notice.id > param("after"))
        & (Notice.id <= param("after") + param("limit"))
    )
    .order_by(Notice.id)
)
"""Who did what supervisors were told of, by such deeds; None where it was no person."""


class Scope(Struct, frozen=True, kw_only=True):
    """Whose notices are meant, and which of them: everything that a query needs.

    `above` and `below` are ids, `unlisted` what the person does not want to see.
    """

    org_id: int
    person_id: int
    role: Role
    unlisted: tuple[Topic, ...] = ()
    above: int = 0
    below: int = 2**62

    @property
    def audiences(self) -> tuple[int, ...]:
        if self.role is Role.CUSTOMER:
            return (self.person_id,)
        if self.role in SUPERVISING:
            return (self.person_id, TEAM, SUPERVISORS)
        return (self.person_id, TEAM)

    @property
    def values(self) -> dict[str, Any]:
        topics: dict[str, Any] = {}
        for n, (kind, relation) in enumerate(self.unlisted):
            topics |= {f"kind{n}": kind.value, f"relation{n}": relation.value}
        audiences = {f"audience{n}": it for n, it in enumerate(self.audiences)}
        return {
            "org_id": self.org_id,
            "me": self.person_id,
            "above": self.above,
            "below": self.below,
            "notes": self.role is not Role.CUSTOMER,
            **audiences,
            **topics,
        }


class Place(Struct, frozen=True):
    """What all rows of a deed have in common."""

    org_id: int
    number: int
    id: int


class Found(Struct, frozen=True):
    """A notice as it was found, with its event, its ticket and how its message begins."""

    id: int
    seq: int
    kind: Kind
    reason: Reason
    relation: Relation
    at: int
    type: str
    actor_role: Role
    actor_id: int | None
    number: int
    subject: str
    status: Status
    text: str | None


_STRENGTH: Final = {reason: rank for rank, reason in enumerate(Reason)}


def add(writing: Writing, place: Place, telling: Telling, actor_id: int | None) -> None:
    """A row; `actor_id` is None where it was no person who did it."""
    writing.add(
        _INSERT,
        org_id=place.org_id,
        audience=telling.audience,
        id=place.id,
        seq=telling.seq,
        number=place.number,
        kind=telling.kind.value,
        reason=telling.reason.value,
        relation=telling.relation.value,
        actor_id=actor_id,
    )


def forget(writing: Writing, org_id: int, person_id: int) -> None:
    """What a person was told goes with the person."""
    writing.write(_FORGET, org_id=org_id, person_id=person_id)


def page(reading: Reading, scope: Scope, limit: int) -> list[Found]:
    """Notices, newest first, each deed once and by its strongest reason."""
    statements = _pages(len(scope.audiences), len(scope.unlisted))
    lists = reading.together(statements, limit=limit, **scope.values)
    strongest: dict[int, Found] = {}
    for found in (_found(row) for rows in lists for row in rows):
        other = strongest.get(found.id)
        if other is None or _STRENGTH[found.reason] < _STRENGTH[other.reason]:
            strongest[found.id] = found
    return [strongest[id_] for id_ in sorted(strongest, reverse=True)[:limit]]


def count(reading: Reading, scope: Scope) -> int:
    """How many there are, up to `MOST_UNREAD`."""
    statements = _counts(len(scope.audiences), len(scope.unlisted))
    lists = reading.together(statements, limit=MOST_UNREAD, **scope.values)
    return min(len({row[0] for rows in lists for row in rows}), MOST_UNREAD)


@lru_cache(maxsize=256)
def _pages(audiences: int, topics: int) -> Together:
    shown = [
        Notice.id,
        Notice.seq,
        Notice.kind,
        Notice.reason,
        Notice.relation,
        Event.at,
        Event.type,
        Event.actor_role,
        Event.actor_id,
        Notice.number,
        Ticket.subject,
        Ticket.status,
        pw.fn.SUBSTR(Message.body, 1, _BEGINNING),
    ]
    return Together(*(Statement(_page(n, topics, shown)) for n in range(audiences)))


@lru_cache(maxsize=256)
def _counts(audiences: int, topics: int) -> Together:
    return Together(
        *(Statement(_narrowed(Notice.select(Notice.id), n, topics)) for n in range(audiences))
    )


def _page(n: int, topics: int, shown: list[Any]) -> Any:
    query = (
        Notice.select(*shown)
        .join(Event, on=(Event.org_id == Notice.org_id) & (Event.seq == Notice.seq))
        .switch(Notice)
        .join(Ticket, on=(Ticket.org_id == Notice.org_id) & (Ticket.number == Notice.number))
        .switch(Notice)
        .join(
            Message,
            pw.JOIN.LEFT_OUTER,
            on=(Message.org_id == Notice.org_id)
            & (Message.number == Notice.number)
            & (Message.seq == Notice.seq)
            & ((Message.kind == MessageKind.REPLY.value) | param("notes")),
        )
    )
    return _narrowed(query, n, topics)


def _narrowed(query: Any, n: int, topics: int) -> Any:
    """The n-th audience's; the first is the person, whose receipts are of its own deeds.

    Who is told of a deed in person is not told of it with others, wished or not.
    """
    query = query.where(
        (Notice.org_id == param("org_id"))
        & (Notice.audience == param(f"audience{n}"))
        & (Notice.id > param("above"))
        & (Notice.id < param("below"))
    )
    if n > 0:
        query = query.where(Notice.actor_id.is_null() | (Notice.actor_id != param("me")))
        own = Notice.alias("own")
        in_person = own.select(pw.SQL("1")).where(
            (own.org_id == param("org_id")) & (own.audience == param("me")) & (own.id == Notice.id)
        )
        query = query.where(~pw.fn.EXISTS(in_person))
    for topic in range(topics):
        unlisted = (Notice.kind == param(f"kind{topic}")) & (
            Notice.relation == param(f"relation{topic}")
        )
        query = query.where(~unlisted)
    return query.order_by(Notice.id.desc()).limit(param("limit"))


def _found(row: Row) -> Found:
    return Found(
        id=row[0],
        seq=row[1],
        kind=Kind(row[2]),
        reason=Reason(row[3]),
        relation=Relation(row[4]),
        at=row[5],
        type=row[6],
        actor_role=Role(row[7]),
        actor_id=row[8],
        number=row[9],
        subject=row[10],
        status=Status(row[11]),
        text=row[12],
    )
