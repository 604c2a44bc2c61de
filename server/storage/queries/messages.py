"""Messages' rows: what was written to a ticket. A message's id is the seq of its event."""

from typing import Any, Final

import peewee as pw
from msgspec import Struct

from common.people import Actor, Role
from common.tickets.replying import MessageKind
from common.wire import ActorRef, MessageView
from server.storage.engine.optional_timestamps import loaded
from server.storage.engine.statement import Statement, insert, param
from server.storage.engine.transaction import Reading, Row, Writing
from server.storage.tables.desk_tables import ApiKey, Message, User

_INSERT = insert(Message)
_KINDS: Final = {kind.value: kind for kind in MessageKind}
_ROLES: Final = {role.value: role for role in Role}
_AUTHOR = pw.fn.COALESCE(User.name, ApiKey.name, "")
_VIEW = (
    Message.select(
        Message.seq,
        Message.kind,
        Message.body,
        Message.author_role,
        Message.author_id,
        _AUTHOR,
        Message.created_at,
    )
    .join(
        User,
        pw.JOIN.LEFT_OUTER,
        on=(User.org_id == Message.org_id)
        & (User.id == Message.author_id)
        & (Message.author_role != Role.KEY.value),
    )
    .join(
        ApiKey,
        pw.JOIN.LEFT_OUTER,
        on=(ApiKey.org_id == Message.org_id)
        & (ApiKey.id == Message.author_id)
        & (Message.author_role == Role.KEY.value),
    )
    .where((Message.org_id == param("org_id")) & (Message.number == param("number")))
)


class Slice(Struct, frozen=True):
    """Which part of a conversation: beyond a seq, in one direction, with or without notes."""

    newest_first: bool
    notes: bool


def _statement(which: Slice) -> Statement:
    query = _VIEW.where(
        Message.seq < param("beyond") if which.newest_first else Message.seq > param("beyond")
    )
    if not which.notes:
        query = query.where(Message.kind == MessageKind.REPLY.value)
    order = Message.seq.desc() if which.newest_first else Message.seq.asc()
    return Statement(query.order_by(order).limit(param("limit")))


SLICES = {
    Slice(newest_first=newest, notes=notes): _statement(Slice(newest_first=newest, notes=notes))
    for newest in (False, True)
    for notes in (False, True)
}
_UNREAD = Statement(
    Message.select(Message.seq)
    .where(
        (Message.org_id == param("org_id"))
        & (Message.number == param("number"))
        & (Message.seq > param("after"))
        & ~(
            (Message.author_role == param("role"))
            & (pw.fn.COALESCE(Message.author_id, 0) == param("author_id"))
        )
        & ((Message.kind == MessageKind.REPLY.value) | param("notes"))
    )
    .order_by(Message.seq)
)


def add(writing: Writing, actor: Actor, **values: Any) -> None:
    """A message's row: `org_id number seq kind body created_at`, and the actor as its author."""
    writing.write(_INSERT, author_role=actor.role.value, author_id=actor.id, **values)


def page(
    reading: Reading, org_id: int, number: int, which: Slice, beyond: int, limit: int
) -> list[MessageView]:
    """Messages beyond a seq, in the slice's order."""
    rows = reading.rows(SLICES[which], org_id=org_id, number=number, beyond=beyond, limit=limit)
    return [view(row) for row in rows]


def unread(reading: Reading, actor: Actor, number: int, after: int) -> tuple[int, ...]:
    """Ids of messages after a seq, by others, that the actor may read."""
    rows = reading.rows(
        _UNREAD,
        org_id=actor.org_id,
        number=number,
        after=after,
        role=actor.role.value,
        author_id=actor.id or 0,
        notes=actor.sees_internal,
    )
    return tuple(row[0] for row in rows)


def by_seq(reading: Reading, org_id: int, number: int, seqs: tuple[int, ...]) -> list[MessageView]:
    """These messages of a ticket, oldest first."""
    which = Slice(newest_first=False, notes=True)
    reach = seqs[-1] - seqs[0] + 1
    found = page(reading, org_id, number, which, seqs[0] - 1, reach)
    return [message for message in found if message.seq in seqs]


def view(row: Row) -> MessageView:
    """A message on the wire, from seq, kind, body, author's role, id and name, and time."""
    seq, kind, body, role, author_id, name, at = row
    author = ActorRef(author_id, _ROLES[role], name)
    return MessageView(seq, _KINDS[kind], body, author, loaded(at), seq)
