"""Saved views: rows of the organization, and of single agents."""

from typing import Any, Final

import msgspec
import peewee as pw
from msgspec import Struct

from common.ticket_columns import TicketColumn
from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.tables.library_tables import SavedViewModel


class StoredView(Struct, frozen=True, kw_only=True):
    """A view as stored; without an owner it is the organization's. Times in microseconds."""

    org_id: int
    id: int
    owner_id: int | None
    name: str
    filter_text: str
    sort: str
    columns: tuple[TicketColumn, ...]
    position: int
    version: int
    created_at: int
    updated_at: int


_FIELDS: Final = [getattr(SavedViewModel, name) for name in StoredView.__struct_fields__]
_OWN: Final = SavedViewModel.org_id == param("org_id")
_THIS: Final = _OWN & (SavedViewModel.id == param("id"))
_VISIBLE: Final = SavedViewModel.owner_id.is_null() | (SavedViewModel.owner_id == param("owner_id"))
_FIND = Statement(SavedViewModel.select(*_FIELDS).where(_THIS & _VISIBLE))
_LIST = Statement(SavedViewModel.select(*_FIELDS).where(_OWN & _VISIBLE))
_EVERY = Statement(SavedViewModel.select(*_FIELDS).where(_OWN))
_LAST = Statement(SavedViewModel.select(pw.fn.MAX(SavedViewModel.id)).where(_OWN))
_INSERT = build_insert(SavedViewModel)
_UPDATE = Statement(
    SavedViewModel.update({field: param(field.name) for field in _FIELDS[2:]}).where(_THIS)
)
_DELETE = Statement(SavedViewModel.delete().where(_THIS))
_DELETE_OF_PERSON = Statement(
    SavedViewModel.delete().where(_OWN & (SavedViewModel.owner_id == param("owner_id")))
)
_COLUMNS: Final = msgspec.json.Decoder(tuple[TicketColumn, ...]).decode
NO_OWNER: Final = 0
"""The id of no person: with it, only the organization's views are visible."""


def find_view(
    reading: ReadTransaction, org_id: int, view_id: int, person_id: int | None
) -> StoredView | None:
    """Returns a view that this person may see: the organization's, or their own."""
    owner_id = person_id or NO_OWNER
    row = reading.fetch_row(_FIND, org_id=org_id, id=view_id, owner_id=owner_id)
    return None if row is None else _view_from_row(row)


def list_views(reading: ReadTransaction, org_id: int, person_id: int | None) -> list[StoredView]:
    """Returns the views that this person may see: the shared ones first, each by its position."""
    rows = reading.fetch_rows(_LIST, org_id=org_id, owner_id=person_id or NO_OWNER)
    return _sort_views(map(_view_from_row, rows))


def list_all_views(reading: ReadTransaction, org_id: int) -> list[StoredView]:
    """Returns everybody's views, for an export."""
    return _sort_views(map(_view_from_row, reading.fetch_rows(_EVERY, org_id=org_id)))


def read_last_view_id(reading: ReadTransaction, org_id: int) -> int:
    """Returns the highest id of the organization's views; 0 without any."""
    return int(reading.fetch_value(_LAST, org_id=org_id) or 0)


def add_view(writing: WriteTransaction, view: StoredView) -> None:
    writing.write(_INSERT, **_view_values(view))


def save_view(writing: WriteTransaction, view: StoredView) -> None:
    writing.write(_UPDATE, **_view_values(view))


def delete_view_row(writing: WriteTransaction, org_id: int, view_id: int) -> None:
    writing.write(_DELETE, org_id=org_id, id=view_id)


def delete_person_views(writing: WriteTransaction, org_id: int, person_id: int) -> None:
    """Deletes a person's own views."""
    writing.write(_DELETE_OF_PERSON, org_id=org_id, owner_id=person_id)


def _sort_views(views: Any) -> list[StoredView]:
    return sorted(views, key=lambda view: (view.owner_id or NO_OWNER, view.position, view.id))


def _view_from_row(row: Row) -> StoredView:
    values: dict[str, Any] = dict(zip(StoredView.__struct_fields__, row, strict=True))
    return StoredView(**{**values, "columns": _COLUMNS(values["columns"])})


def _view_values(view: StoredView) -> dict[str, Any]:
    values = msgspec.structs.asdict(view)
    return {**values, "columns": msgspec.json.encode(view.columns).decode()}
