"""Notifications: one row for each audience of an activity, read by everybody in the audience."""

from functools import lru_cache
from typing import Any, Final

import peewee as pw
from msgspec import Struct

from common.notifications import Reason
from common.people import SUPERVISORS as SUPERVISING
from common.people import Role
from common.preferences import NotificationKind, Relation
from common.tickets.replying import MessageKind
from common.tickets.ticket import Status
from server.domain.notification_preferences import Topic
from server.domain.notification_rules import SUPERVISORS, TEAM, Notification
from server.storage.engine.statement import CombinedStatement, Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.tables.desk_tables import EventModel, MessageModel, TicketModel
from server.storage.tables.notification_tables import NotificationModel

MOST_UNREAD: Final = 1000
"""Unread notifications are counted up to this number."""
_BEGINNING: Final = 200
"""Characters of a message that its notification shows."""
_INSERT = build_insert(NotificationModel)
_FORGET = Statement(
    NotificationModel.delete().where(
        (NotificationModel.org_id == param("org_id"))
        & (NotificationModel.audience == param("person_id"))
    )
)
_DELETE_OF_TICKET = Statement(
    NotificationModel.delete().where(
        (NotificationModel.org_id == param("org_id"))
        & (NotificationModel.audience == param("audience"))
        & (NotificationModel.number == param("number"))
    )
)
NOTIFIED_PEOPLE = Statement(
    NotificationModel.select(NotificationModel.audience)
    .where(
        (NotificationModel.org_id == param("org_id"))
        # A literal as in the index: with a parameter the index would not be used.
        & pw.SQL('"t1"."audience" > 0')
        & (NotificationModel.id > param("after"))
        & (NotificationModel.id <= param("after") + param("limit"))
    )
    .order_by(NotificationModel.id)
)
"""The people who were notified in person of actions that began with these events."""
SUPERVISED_ACTORS = Statement(
    NotificationModel.select(NotificationModel.actor_id)
    .where(
        (NotificationModel.org_id == param("org_id"))
        & (NotificationModel.audience == SUPERVISORS)
        & (NotificationModel.id > param("after"))
        & (NotificationModel.id <= param("after") + param("limit"))
    )
    .order_by(NotificationModel.id)
)
"""Selects who did what supervisors were notified of, by activity; None for no person."""


class NotificationScope(Struct, frozen=True, kw_only=True):
    """The person whose notifications are selected, and which of them.

    `above` and `below` are ids; `unlisted` is what the person does not want to see.
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
    def query_values(self) -> dict[str, Any]:
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


class NotificationKey(Struct, frozen=True):
    """Values that all rows of an activity have in common."""

    org_id: int
    number: int
    id: int


class ListedNotification(Struct, frozen=True):
    """A notification as found, with its event, its ticket and the beginning of its message."""

    id: int
    seq: int
    kind: NotificationKind
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


def add_notification(
    writing: WriteTransaction,
    place: NotificationKey,
    notification: Notification,
    actor_id: int | None,
) -> None:
    """Adds a row; `actor_id` is None where no person acted."""
    writing.write_later(
        _INSERT,
        org_id=place.org_id,
        audience=notification.audience,
        id=place.id,
        seq=notification.seq,
        number=place.number,
        kind=notification.kind.value,
        reason=notification.reason.value,
        relation=notification.relation.value,
        actor_id=actor_id,
    )


def delete_person_notifications(writing: WriteTransaction, org_id: int, person_id: int) -> None:
    """Deletes the notifications to a person."""
    writing.write(_FORGET, org_id=org_id, person_id=person_id)


def delete_notifications_of_ticket(
    writing: WriteTransaction, org_id: int, number: int, person_id: int
) -> None:
    """Deletes the notifications to a person about a ticket."""
    writing.write(_DELETE_OF_TICKET, org_id=org_id, number=number, audience=person_id)


def list_notifications(
    reading: ReadTransaction, scope: NotificationScope, limit: int
) -> list[ListedNotification]:
    """Returns notifications, newest first, each activity once and by its strongest reason."""
    statements = _list_statement(len(scope.audiences), len(scope.unlisted))
    lists = reading.fetch_combined(statements, limit=limit, **scope.query_values)
    strongest: dict[int, ListedNotification] = {}
    for found in (_notification_from_row(row) for rows in lists for row in rows):
        other = strongest.get(found.id)
        if other is None or _STRENGTH[found.reason] < _STRENGTH[other.reason]:
            strongest[found.id] = found
    return [strongest[id_] for id_ in sorted(strongest, reverse=True)[:limit]]


def count_notifications(reading: ReadTransaction, scope: NotificationScope) -> int:
    """Returns how many there are, up to `MOST_UNREAD`."""
    statements = _count_statement(len(scope.audiences), len(scope.unlisted))
    lists = reading.fetch_combined(statements, limit=MOST_UNREAD, **scope.query_values)
    return min(len({row[0] for rows in lists for row in rows}), MOST_UNREAD)


@lru_cache(maxsize=256)
def _list_statement(audiences: int, topics: int) -> CombinedStatement:
    shown = [
        NotificationModel.id,
        NotificationModel.seq,
        NotificationModel.kind,
        NotificationModel.reason,
        NotificationModel.relation,
        EventModel.at,
        EventModel.type,
        EventModel.actor_role,
        EventModel.actor_id,
        NotificationModel.number,
        TicketModel.subject,
        TicketModel.status,
        pw.fn.SUBSTR(MessageModel.body, 1, _BEGINNING),
    ]
    return CombinedStatement(*(Statement(_list_query(n, topics, shown)) for n in range(audiences)))


@lru_cache(maxsize=256)
def _count_statement(audiences: int, topics: int) -> CombinedStatement:
    return CombinedStatement(
        *(
            Statement(_narrow_query(NotificationModel.select(NotificationModel.id), n, topics))
            for n in range(audiences)
        )
    )


def _list_query(n: int, topics: int, shown: list[Any]) -> Any:
    query = (
        NotificationModel.select(*shown)
        .join(
            EventModel,
            on=(EventModel.org_id == NotificationModel.org_id)
            & (EventModel.seq == NotificationModel.seq),
        )
        .switch(NotificationModel)
        .join(
            TicketModel,
            on=(TicketModel.org_id == NotificationModel.org_id)
            & (TicketModel.number == NotificationModel.number),
        )
        .switch(NotificationModel)
        .join(
            MessageModel,
            pw.JOIN.LEFT_OUTER,
            on=(MessageModel.org_id == NotificationModel.org_id)
            & (MessageModel.number == NotificationModel.number)
            & (MessageModel.seq == NotificationModel.seq)
            & ((MessageModel.kind == MessageKind.REPLY.value) | param("notes")),
        )
    )
    return _narrow_query(query, n, topics)


def _narrow_query(query: Any, n: int, topics: int) -> Any:
    """Narrows the query to the n-th audience; the first is the person.

    An activity with a notification to the person is not listed for the person's other audiences,
    whether the person wants to see it or not.
    """
    query = query.where(
        (NotificationModel.org_id == param("org_id"))
        & (NotificationModel.audience == param(f"audience{n}"))
        & (NotificationModel.id > param("above"))
        & (NotificationModel.id < param("below"))
    )
    if n > 0:
        query = query.where(
            NotificationModel.actor_id.is_null() | (NotificationModel.actor_id != param("me"))
        )
        own = NotificationModel.alias("own")
        in_person = own.select(pw.SQL("1")).where(
            (own.org_id == param("org_id"))
            & (own.audience == param("me"))
            & (own.id == NotificationModel.id)
        )
        query = query.where(~pw.fn.EXISTS(in_person))
    for topic in range(topics):
        unlisted = (NotificationModel.kind == param(f"kind{topic}")) & (
            NotificationModel.relation == param(f"relation{topic}")
        )
        query = query.where(~unlisted)
    return query.order_by(NotificationModel.id.desc()).limit(param("limit"))


def _notification_from_row(row: Row) -> ListedNotification:
    return ListedNotification(
        id=row[0],
        seq=row[1],
        kind=NotificationKind(row[2]),
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
