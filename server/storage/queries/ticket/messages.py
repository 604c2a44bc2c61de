"""Messages: the texts written to tickets. A message's id is the seq of its event."""

from typing import Any, Final

import peewee as pw
from msgspec import UNSET, Struct

from common.people import Actor, Role
from common.tickets.channel import TicketChannel
from common.tickets.replying import MessageKind
from common.wire import ActorRef, MessageSource, MessageView, UndeliveredView
from server.domain.timestamps import from_microseconds
from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.queries.attachment.attachments import decode_views
from server.storage.tables.desk_tables import ApiKeyModel, MessageModel, UserModel
from server.storage.tables.notification_tables import UndeliveredModel

_INSERT = build_insert(MessageModel)
SOURCES: Final = {
    **{it.value: MessageSource(it) for it in TicketChannel},
    "mail": MessageSource(TicketChannel.MAIL, verified=True),
    "mail-unverified": MessageSource(TicketChannel.MAIL, verified=False),
    "page": MessageSource(TicketChannel.PAGE, verified=True),
}
"""The sources of messages, by the words that are stored."""
_KINDS: Final = {kind.value: kind for kind in MessageKind}
_ROLES: Final = {role.value: role for role in Role}
_AUTHOR = pw.fn.COALESCE(UserModel.name, ApiKeyModel.name, "")
_VIEW = (
    MessageModel.select(
        MessageModel.seq,
        MessageModel.kind,
        MessageModel.body,
        MessageModel.author_role,
        MessageModel.author_id,
        _AUTHOR,
        MessageModel.created_at,
        MessageModel.source,
        MessageModel.attachments,
        UndeliveredModel.error,
        UndeliveredModel.at,
        MessageModel.copied_from,
    )
    .join(
        UserModel,
        pw.JOIN.LEFT_OUTER,
        on=(UserModel.org_id == MessageModel.org_id)
        & (UserModel.id == MessageModel.author_id)
        & (MessageModel.author_role != Role.KEY.value),
    )
    .join(
        ApiKeyModel,
        pw.JOIN.LEFT_OUTER,
        on=(ApiKeyModel.org_id == MessageModel.org_id)
        & (ApiKeyModel.id == MessageModel.author_id)
        & (MessageModel.author_role == Role.KEY.value),
    )
    .join(
        UndeliveredModel,
        pw.JOIN.LEFT_OUTER,
        on=(UndeliveredModel.org_id == MessageModel.org_id)
        & (UndeliveredModel.number == MessageModel.number)
        & (UndeliveredModel.seq == MessageModel.seq),
    )
    .where((MessageModel.org_id == param("org_id")) & (MessageModel.number == param("number")))
)


class MessageSlice(Struct, frozen=True):
    """A part of a conversation: beyond a seq, in one direction, with or without notes."""

    newest_first: bool
    notes: bool


def _slice_statement(which: MessageSlice) -> Statement:
    query = _VIEW.where(
        MessageModel.seq < param("beyond")
        if which.newest_first
        else MessageModel.seq > param("beyond")
    )
    if not which.notes:
        query = query.where(MessageModel.kind == MessageKind.REPLY.value)
    order = MessageModel.seq.desc() if which.newest_first else MessageModel.seq.asc()
    return Statement(query.order_by(order).limit(param("limit")))


SLICE_STATEMENTS = {
    MessageSlice(newest_first=newest, notes=notes): _slice_statement(
        MessageSlice(newest_first=newest, notes=notes)
    )
    for newest in (False, True)
    for notes in (False, True)
}
_UNREAD = Statement(
    MessageModel.select(MessageModel.seq)
    .where(
        (MessageModel.org_id == param("org_id"))
        & (MessageModel.number == param("number"))
        & (MessageModel.seq > param("after"))
        & ~(
            (MessageModel.author_role == param("role"))
            & (pw.fn.COALESCE(MessageModel.author_id, 0) == param("author_id"))
        )
        & ((MessageModel.kind == MessageKind.REPLY.value) | param("notes"))
    )
    .order_by(MessageModel.seq)
)


_WRITTEN = Statement(
    MessageModel.select(MessageModel.seq)
    .where(
        (MessageModel.org_id == param("org_id"))
        & (MessageModel.number == param("number"))
        & (MessageModel.author_id == param("author_id"))
        & (MessageModel.author_role != Role.KEY.value)
    )
    .limit(1)
)


def has_written(reading: ReadTransaction, org_id: int, number: int, person_id: int) -> bool:
    """Returns whether a person has written to the ticket itself."""
    found = reading.fetch_row(_WRITTEN, org_id=org_id, number=number, author_id=person_id)
    return found is not None


def add_message(writing: WriteTransaction, actor: Actor, **values: Any) -> None:
    """Adds a message by the actor: `org_id number seq kind body created_at source copied_from`."""
    author = {"author_role": actor.role.value, "author_id": actor.id}
    writing.write_later(_INSERT, **author, attachments=None, **values)


def list_messages(
    reading: ReadTransaction, org_id: int, number: int, which: MessageSlice, beyond: int, limit: int
) -> list[MessageView]:
    """Returns messages beyond a seq, in the slice's order."""
    rows = reading.fetch_rows(
        SLICE_STATEMENTS[which], org_id=org_id, number=number, beyond=beyond, limit=limit
    )
    return [message_from_row(row) for row in rows]


def list_unread_ids_of_ticket(
    reading: ReadTransaction, actor: Actor, number: int, after: int
) -> tuple[int, ...]:
    """Returns the ids of messages after a seq, by others, that the actor may read."""
    rows = reading.fetch_rows(
        _UNREAD,
        org_id=actor.org_id,
        number=number,
        after=after,
        role=actor.role.value,
        author_id=actor.id or 0,
        notes=actor.sees_internal,
    )
    return tuple(row[0] for row in rows)


def list_messages_by_seq(
    reading: ReadTransaction, org_id: int, number: int, seqs: tuple[int, ...]
) -> list[MessageView]:
    """Returns these messages of a ticket, oldest first."""
    which = MessageSlice(newest_first=False, notes=True)
    reach = seqs[-1] - seqs[0] + 1
    found = list_messages(reading, org_id, number, which, seqs[0] - 1, reach)
    return [message for message in found if message.seq in seqs]


def message_from_row(row: Row) -> MessageView:
    """Returns a message for the wire from a row of this file's statements."""
    seq, kind, body, role, author_id, name, at, source, files, error, failed_at, copied = row
    author = ActorRef(author_id, _ROLES[role], name)
    sent_by = UNSET if source is None else SOURCES[source]
    shown = decode_views(files)
    failed = UNSET if error is None else UndeliveredView(error, from_microseconds(failed_at))
    written_at = from_microseconds(at)
    return MessageView(
        seq, _KINDS[kind], body, author, written_at, seq, sent_by, shown, failed, copied or UNSET
    )
