"""Drafts: rows of one agent each, which no query returns to anybody else."""

from typing import Any, Final

import msgspec
import peewee as pw
from msgspec import Struct

from common.macros import MacroVerbs
from common.tickets.replying import MessageKind
from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.tables.library_tables import DraftModel


class StoredDraft(Struct, frozen=True, kw_only=True):
    """A draft as stored. Times in microseconds."""

    org_id: int
    user_id: int
    number: int
    kind: MessageKind
    body: str
    set_aside: str
    verbs: MacroVerbs
    files: tuple[str, ...]
    version: int
    saved_at: int

    @property
    def place(self) -> int:
        """Its place in the list of its agent's drafts."""
        return 2 * self.number + _KINDS.index(self.kind)


_KINDS: Final = (MessageKind.NOTE, MessageKind.REPLY)
"""In the order of their names in the database."""
_FIELDS: Final = [getattr(DraftModel, name) for name in StoredDraft.__struct_fields__]
_OF_PERSON: Final = (DraftModel.org_id == param("org_id")) & (
    DraftModel.user_id == param("user_id")
)
_OF_TICKET: Final = (DraftModel.org_id == param("org_id")) & (DraftModel.number == param("number"))
_THIS: Final = _OF_PERSON & _OF_TICKET & (DraftModel.kind == param("kind"))
_FIND = Statement(DraftModel.select(*_FIELDS).where(_THIS))
_PAGE = Statement(
    DraftModel.select(*_FIELDS)
    .where(
        _OF_PERSON
        & (DraftModel.number >= param("after"))
        & (
            (DraftModel.number > param("after"))
            | ((DraftModel.number == param("after")) & (DraftModel.kind > param("kind")))
        )
    )
    .order_by(DraftModel.number, DraftModel.kind)
    .limit(param("limit"))
)
_THEIRS_HERE = Statement(
    DraftModel.select(*_FIELDS).where(_OF_PERSON & _OF_TICKET).order_by(DraftModel.kind)
)
_ALL_HERE = Statement(
    DraftModel.select(*_FIELDS).where(_OF_TICKET).order_by(DraftModel.user_id, DraftModel.kind)
)
_COUNT = Statement(DraftModel.select(pw.fn.COUNT(DraftModel.number)).where(_OF_PERSON))
_INSERT = build_insert(DraftModel)
_UPDATE = Statement(
    DraftModel.update({field: param(field.name) for field in _FIELDS[4:]}).where(_THIS)
)
_DELETE = Statement(DraftModel.delete().where(_THIS))
_DELETE_OF_PERSON = Statement(DraftModel.delete().where(_OF_PERSON))
_VERBS: Final = msgspec.json.Decoder(MacroVerbs).decode
_FILES: Final = msgspec.json.Decoder(tuple[str, ...]).decode


def find_draft(
    reading: ReadTransaction, org_id: int, user_id: int, number: int, kind: MessageKind
) -> StoredDraft | None:
    """Returns an agent's draft of one kind of message to a ticket."""
    row = reading.fetch_row(_FIND, org_id=org_id, user_id=user_id, number=number, kind=kind.value)
    return None if row is None else _draft_from_row(row)


def list_drafts(
    reading: ReadTransaction, org_id: int, user_id: int, after: int, limit: int
) -> list[StoredDraft]:
    """Returns an agent's drafts by ticket and kind, those whose `place` is above `after`."""
    number, kind = divmod(after, 2)
    rows = reading.fetch_rows(
        _PAGE, org_id=org_id, user_id=user_id, after=number, kind=_KINDS[kind].value, limit=limit
    )
    return list(map(_draft_from_row, rows))


def list_drafts_to_ticket(
    reading: ReadTransaction, org_id: int, user_id: int, number: int
) -> list[StoredDraft]:
    """Returns an agent's drafts to a ticket."""
    rows = reading.fetch_rows(_THEIRS_HERE, org_id=org_id, user_id=user_id, number=number)
    return list(map(_draft_from_row, rows))


def list_everybodys_drafts(reading: ReadTransaction, org_id: int, number: int) -> list[StoredDraft]:
    """Returns the drafts of all agents to a ticket: for nobody to see."""
    rows = reading.fetch_rows(_ALL_HERE, org_id=org_id, number=number)
    return list(map(_draft_from_row, rows))


def count_drafts(reading: ReadTransaction, org_id: int, user_id: int) -> int:
    """Returns the number of an agent's drafts."""
    return int(reading.fetch_value(_COUNT, org_id=org_id, user_id=user_id) or 0)


def add_draft(writing: WriteTransaction, draft: StoredDraft) -> None:
    writing.write(_INSERT, **_draft_values(draft))


def update_draft(writing: WriteTransaction, draft: StoredDraft) -> None:
    writing.write(_UPDATE, **_draft_values(draft))


def delete_draft(writing: WriteTransaction, draft: StoredDraft) -> None:
    key = {"org_id": draft.org_id, "user_id": draft.user_id, "number": draft.number}
    writing.write(_DELETE, **key, kind=draft.kind.value)


def delete_person_drafts(writing: WriteTransaction, org_id: int, user_id: int) -> None:
    """Deletes all drafts of an agent."""
    writing.write(_DELETE_OF_PERSON, org_id=org_id, user_id=user_id)


def _draft_from_row(row: Row) -> StoredDraft:
    values: dict[str, Any] = dict(zip(StoredDraft.__struct_fields__, row, strict=True))
    values["kind"] = MessageKind(values["kind"])
    values |= {"verbs": _VERBS(values["verbs"]), "files": _FILES(values["files"])}
    return StoredDraft(**values)


def _draft_values(draft: StoredDraft) -> dict[str, Any]:
    values = msgspec.structs.asdict(draft)
    values |= {name: msgspec.json.encode(values[name]).decode() for name in ("verbs", "files")}
    return {**values, "kind": draft.kind.value}
