"""Macros: rows of the organization, and of single agents."""

from typing import Any, Final

import msgspec
import peewee as pw
from msgspec import Struct

from common.macros import MacroVerbs
from common.tickets.replying import MessageKind
from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.tables.library_tables import MacroModel


class Macro(Struct, frozen=True, kw_only=True):
    """A macro as stored; without an owner it is the organization's. Times in microseconds."""

    org_id: int
    id: int
    owner_id: int | None
    name: str
    body: str
    kind: MessageKind | None
    verbs: MacroVerbs
    created_at: int
    updated_at: int


_FIELDS: Final = [getattr(MacroModel, name) for name in Macro.__struct_fields__]
_OWN: Final = MacroModel.org_id == param("org_id")
_THIS: Final = _OWN & (MacroModel.id == param("id"))
_VISIBLE: Final = MacroModel.owner_id.is_null() | (MacroModel.owner_id == param("owner_id"))
_FIND = Statement(MacroModel.select(*_FIELDS).where(_THIS & _VISIBLE))
_PAGE = Statement(
    MacroModel.select(*_FIELDS)
    .where(_OWN & (MacroModel.id > param("after")) & _VISIBLE)
    .order_by(MacroModel.id)
    .limit(param("limit"))
)
_EVERY = Statement(
    MacroModel.select(*_FIELDS)
    .where(_OWN & (MacroModel.id > param("after")))
    .order_by(MacroModel.id)
    .limit(param("limit"))
)
_LAST = Statement(MacroModel.select(pw.fn.MAX(MacroModel.id)).where(_OWN))
_INSERT = build_insert(MacroModel)
_UPDATE = Statement(
    MacroModel.update({field: param(field.name) for field in _FIELDS[2:]}).where(_THIS)
)
_DELETE = Statement(MacroModel.delete().where(_THIS))
_DELETE_OF_PERSON = Statement(
    MacroModel.delete().where(_OWN & (MacroModel.owner_id == param("owner_id")))
)
_VERBS: Final = msgspec.json.Decoder(MacroVerbs).decode
NOBODY: Final = 0
"""The id of no person: with it, only the organization's macros are visible."""


def find_macro(
    reading: ReadTransaction, org_id: int, macro_id: int, person_id: int | None
) -> Macro | None:
    """Returns a macro that this person may use: the organization's, or their own."""
    owner_id = person_id or NOBODY
    row = reading.fetch_row(_FIND, org_id=org_id, id=macro_id, owner_id=owner_id)
    return None if row is None else _macro_from_row(row)


def list_macros(
    reading: ReadTransaction, org_id: int, person_id: int | None, after: int, limit: int
) -> list[Macro]:
    """Returns the macros that this person may use, with ids above `after`, ascending."""
    rows = reading.fetch_rows(
        _PAGE, org_id=org_id, owner_id=person_id or NOBODY, after=after, limit=limit
    )
    return list(map(_macro_from_row, rows))


def list_all_macros(reading: ReadTransaction, org_id: int, after: int, limit: int) -> list[Macro]:
    """Returns everybody's macros with ids above `after`, ascending, for an export."""
    rows = reading.fetch_rows(_EVERY, org_id=org_id, after=after, limit=limit)
    return list(map(_macro_from_row, rows))


def read_last_macro_id(reading: ReadTransaction, org_id: int) -> int:
    """Returns the highest id of the organization's macros; 0 without any."""
    return int(reading.fetch_value(_LAST, org_id=org_id) or 0)


def add_macro(writing: WriteTransaction, macro: Macro) -> None:
    writing.write(_INSERT, **_macro_values(macro))


def save_macro(writing: WriteTransaction, macro: Macro) -> None:
    writing.write(_UPDATE, **_macro_values(macro))


def delete_macro_row(writing: WriteTransaction, org_id: int, macro_id: int) -> None:
    writing.write(_DELETE, org_id=org_id, id=macro_id)


def delete_person_macros(writing: WriteTransaction, org_id: int, person_id: int) -> None:
    """Deletes a person's own macros."""
    writing.write(_DELETE_OF_PERSON, org_id=org_id, owner_id=person_id)


def _macro_from_row(row: Row) -> Macro:
    values: dict[str, Any] = dict(zip(Macro.__struct_fields__, row, strict=True))
    kind = values["kind"]
    values |= {"kind": kind and MessageKind(kind), "verbs": _VERBS(values["verbs"])}
    return Macro(**values)


def _macro_values(macro: Macro) -> dict[str, Any]:
    values = msgspec.structs.asdict(macro)
    values["verbs"] = msgspec.json.encode(macro.verbs).decode()
    return {**values, "kind": macro.kind and macro.kind.value}
