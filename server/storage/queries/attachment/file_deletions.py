"""Files to be deleted from the store: uploads that nothing attached, and removed attachments.

A file is only deleted where a row says so: what else is in the store belongs to somebody else.
"""

from typing import Final

from msgspec import Struct

from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.file_tables import FileDeletionModel

AT_ONCE: Final = 0
"""The due time of a file that is to be deleted as soon as possible."""
_D: Final = FileDeletionModel
_INSERT: Final = build_insert(_D)
_CANCEL: Final = Statement(
    _D.delete().where((_D.org_id == param("org_id")) & (_D.key == param("key")))
)
_DUE: Final = Statement(
    _D.select(_D.org_id, _D.key)
    .where(_D.due_at <= param("now"))
    .order_by(_D.due_at)
    .limit(param("limit"))
)
_HASTEN: Final = Statement(
    _D.update({_D.due_at: AT_ONCE}).where((_D.org_id == param("org_id")) & (_D.key == param("key")))
)


class DueDeletion(Struct, frozen=True):
    """A file that is to be deleted now."""

    org_id: int
    key: str


def plan_deletion(writing: WriteTransaction, org_id: int, key: str, due_at: int) -> None:
    """Has a file deleted later, in microseconds since 1970, unless it is attached before."""
    writing.write_later(_INSERT, org_id=org_id, key=key, due_at=due_at)


def request_deletion(writing: WriteTransaction, org_id: int, key: str) -> None:
    """Has a file deleted once this transaction is committed."""
    plan_deletion(writing, org_id, key, AT_ONCE)


def hasten_deletion(writing: WriteTransaction, org_id: int, key: str) -> None:
    """Has an upload deleted now that nothing will attach."""
    writing.write(_HASTEN, org_id=org_id, key=key)


def cancel_deletion(writing: WriteTransaction, org_id: int, key: str) -> bool:
    """Keeps a file; returns False where it is deleted already."""
    return writing.write(_CANCEL, org_id=org_id, key=key) > 0


def list_due_deletions(reading: ReadTransaction, now: int, limit: int) -> list[DueDeletion]:
    """Returns files that are to be deleted by now, those that are due longest first."""
    return [DueDeletion(*row) for row in reading.fetch_rows(_DUE, now=now, limit=limit)]
