"""Inboxes: the addresses whose mail becomes tickets, each of one organization."""

from typing import Any, Final

import peewee as pw
from msgspec import Struct
from msgspec.structs import asdict

from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.tables.intake_tables import InboxModel


class MailInbox(Struct, frozen=True, kw_only=True):
    """An inbox as stored; `created_at` in microseconds since 1970."""

    org_id: int
    id: int
    address: str
    category: str
    created_at: int


_FIELDS: Final = [getattr(InboxModel, name) for name in MailInbox.__struct_fields__]
_OWN: Final = InboxModel.org_id == param("org_id")
_FIND = Statement(InboxModel.select(*_FIELDS).where(InboxModel.address == param("address")))
_PAGE = Statement(
    InboxModel.select(*_FIELDS)
    .where(_OWN & (InboxModel.id > param("after")))
    .order_by(InboxModel.id)
    .limit(param("limit"))
)
_OF_CATEGORY = Statement(
    InboxModel.select(*_FIELDS)
    .where(_OWN & (InboxModel.category == param("category")))
    .order_by(InboxModel.id)
    .limit(1)
)
_LAST = Statement(InboxModel.select(pw.fn.MAX(InboxModel.id)).where(_OWN))
_INSERT = build_insert(InboxModel)
_DELETE = Statement(InboxModel.delete().where(_OWN & (InboxModel.id == param("id"))))


def find_inbox(reading: ReadTransaction, address: str) -> MailInbox | None:
    """Returns the inbox with this canonical address, in whichever organization it is."""
    row = reading.fetch_row(_FIND, address=address)
    return None if row is None else _inbox_from_row(row)


def list_inboxes(reading: ReadTransaction, org_id: int, after: int, limit: int) -> list[MailInbox]:
    """Returns inboxes with ids above `after`, ascending."""
    rows = reading.fetch_rows(_PAGE, org_id=org_id, after=after, limit=limit)
    return [_inbox_from_row(row) for row in rows]


def find_reply_inbox(reading: ReadTransaction, org_id: int, category: str) -> MailInbox | None:
    """Returns the inbox that answers come back to: the oldest of the category, else of all.

    None where the organization reads no mail.
    """
    row = reading.fetch_row(_OF_CATEGORY, org_id=org_id, category=category)
    if row is not None:
        return _inbox_from_row(row)
    return next(iter(list_inboxes(reading, org_id, 0, 1)), None)


def read_last_inbox_id(reading: ReadTransaction, org_id: int) -> int:
    """Returns the highest id of the organization's inboxes; 0 without any."""
    return int(reading.fetch_value(_LAST, org_id=org_id) or 0)


def add_inbox(writing: WriteTransaction, inbox: MailInbox) -> None:
    writing.write(_INSERT, **asdict(inbox))


def delete_inbox_row(writing: WriteTransaction, org_id: int, inbox_id: int) -> bool:
    """Returns whether there was one."""
    return bool(writing.write(_DELETE, org_id=org_id, id=inbox_id))


def _inbox_from_row(row: Row) -> MailInbox:
    values: dict[str, Any] = dict(zip(MailInbox.__struct_fields__, row, strict=True))
    return MailInbox(**values)
