"""Attachments: files of messages and of tickets' descriptions.

What readers see of them is kept in the message's or ticket's own row, written with each change
here: a conversation is read without another table.
"""

from typing import Final

import msgspec
import peewee as pw
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from common.errors import Unavailable
from common.people import Role
from common.tickets.replying import MessageKind
from common.wire import AttachmentView
from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.queries.attachment import file_deletions
from server.storage.tables.desk_tables import MessageModel
from server.storage.tables.file_tables import AttachmentModel

INLINE_TYPES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Types that browsers may show inline: images that hold no scripts."""

_A: Final = AttachmentModel
_FIELDS: Final = (
    _A.id,
    _A.number,
    _A.seq,
    _A.name,
    _A.content_type,
    _A.size,
    _A.sha256,
    _A.key,
    _A.created_at,
    _A.uploader_role,
    _A.uploader_id,
)
_INSERT: Final = build_insert(AttachmentModel)
_BY_ID: Final = Statement(
    _A.select(*_FIELDS, MessageModel.kind)
    .join(
        MessageModel,
        pw.JOIN.LEFT_OUTER,
        on=(MessageModel.org_id == _A.org_id)
        & (MessageModel.number == _A.number)
        & (MessageModel.seq == _A.seq),
    )
    .where((_A.org_id == param("org_id")) & (_A.id == param("id")))
)
_OF_TICKET: Final = Statement(
    _A.select(*_FIELDS)
    .where((_A.org_id == param("org_id")) & (_A.number == param("number")))
    .order_by(_A.id)
)
_RENAME: Final = Statement(
    _A.update({_A.name: param("name")}).where(
        (_A.org_id == param("org_id")) & (_A.id == param("id"))
    )
)
_DELETE: Final = Statement(
    _A.delete().where((_A.org_id == param("org_id")) & (_A.id == param("id")))
)
_BY_KEY: Final = Statement(
    _A.select(_A.id).where((_A.org_id == param("org_id")) & (_A.key == param("key"))).limit(1)
)
_SIZES: Final = (
    _A.select(_A.key, pw.fn.MAX(_A.size).alias("size"))
    .where(_A.org_id == param("org_id"))
    .group_by(_A.key)
)
_TOTAL: Final = Statement(pw.Select((_SIZES,), (pw.fn.COALESCE(pw.fn.SUM(_SIZES.c.size), 0),)))
_ENCODE: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder(tuple[AttachmentView, ...]).decode


class Attachment(Struct, frozen=True, kw_only=True):
    """A file as it is stored; `created_at` in microseconds since 1970.

    `seq` is that of its message, None for a file of the description. `key` is for the store alone.
    """

    id: int
    number: int
    seq: int | None
    name: str
    content_type: str
    size: int
    sha256: str
    key: str
    created_at: int
    uploader_role: Role
    uploader_id: int | None

    @property
    def is_image(self) -> bool:
        """True for an image that browsers may show inline."""
        return self.content_type in INLINE_TYPES

    @property
    def view(self) -> AttachmentView:
        """The file as readers of the conversation see it."""
        return AttachmentView(self.id, self.name, self.content_type, self.size, self.is_image)


class AttachmentPlace(Struct, frozen=True):
    """The id of an attachment, its ticket, and the seq of its message; None: the description."""

    id: int
    number: int
    seq: int | None


class FoundAttachment(Struct, frozen=True):
    """An attachment with the kind of its message; None for a file of the description."""

    attachment: Attachment
    kind: MessageKind | None


def add_attachment(writing: WriteTransaction, org_id: int, it: Attachment) -> None:
    """Inserts the row of a file that the store has, and keeps it from being deleted.

    Raises Unavailable where the file was deleted, because it was uploaded too long ago.
    """
    if not file_deletions.cancel_deletion(writing, org_id, it.key):
        raise Unavailable("An uploaded file is gone: send it again.")
    _insert_row(writing, org_id, it)


def copy_attachment(
    writing: WriteTransaction, org_id: int, view: AttachmentView, place: AttachmentPlace
) -> None:
    """Attaches a file at another place, too; `shown_files.show_attachments` is the caller's."""
    found = find_attachment(writing, org_id, view.id)
    if found is not None:
        copied = replace(found.attachment, id=place.id, number=place.number, seq=place.seq)
        _insert_row(writing, org_id, copied)


def _insert_row(writing: WriteTransaction, org_id: int, it: Attachment) -> None:
    values = msgspec.structs.asdict(it) | {"uploader_role": it.uploader_role.value}
    writing.write_later(_INSERT, org_id=org_id, **values)


def find_attachment(reading: ReadTransaction, org_id: int, id_: int) -> FoundAttachment | None:
    row = reading.fetch_row(_BY_ID, org_id=org_id, id=id_)
    if row is None:
        return None
    kind = None if row[-1] is None else MessageKind(row[-1])
    return FoundAttachment(_attachment_from_row(row), kind)


def list_ticket_attachments(reading: ReadTransaction, org_id: int, number: int) -> list[Attachment]:
    """Returns the files of a ticket and of its messages, in the order in which they came."""
    rows = reading.fetch_rows(_OF_TICKET, org_id=org_id, number=number)
    return [_attachment_from_row(row) for row in rows]


def read_total_size(reading: ReadTransaction, org_id: int) -> int:
    """Returns the bytes of an organization's files; one that several messages have counts once."""
    return int(reading.fetch_value(_TOTAL, org_id=org_id))


def rename_attachment(writing: WriteTransaction, org_id: int, id_: int, name: str) -> None:
    """Gives a file another name, as after a redaction.

    `shown_files.show_attachments` is the caller's.
    """
    writing.write(_RENAME, org_id=org_id, id=id_, name=name)


def remove_attachment(writing: WriteTransaction, org_id: int, it: Attachment) -> None:
    """Removes a file's row, and has the file deleted, if it is the last row that has it.

    `shown_files.show_attachments` is the caller's.
    """
    writing.write(_DELETE, org_id=org_id, id=it.id)
    if writing.fetch_row(_BY_KEY, org_id=org_id, key=it.key) is None:
        file_deletions.request_deletion(writing, org_id, it.key)


def encode_views(views: list[AttachmentView]) -> str | None:
    """Returns the text of the column `attachments`; None for no files."""
    return _ENCODE(views).decode() if views else None


def decode_views(text: str | None) -> tuple[AttachmentView, ...] | UnsetType:
    """Returns the files in a column `attachments`; UNSET where there are none."""
    return UNSET if text is None else _DECODE(text)


def _attachment_from_row(row: Row) -> Attachment:
    return Attachment(
        id=row[0],
        number=row[1],
        seq=row[2],
        name=row[3],
        content_type=row[4],
        size=row[5],
        sha256=row[6],
        key=row[7],
        created_at=row[8],
        uploader_role=Role(row[9]),
        uploader_id=row[10],
    )
