"""Repairs harmless errors in lines and counts the repairs; other errors are refused.

A valid line is not changed. See docs/import.md, "What is repaired".
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct, inspect

from common import text
from common.errors import Invalid, RequestRefused
from common.tickets.editing import TicketEdits
from server.transfer import file_format, value_repairs
from server.transfer.file_format import TransferLine
from server.transfer.value_repairs import LEFT_OUT, RepairContext, RepairFunction

NO_SUBJECT: Final = "(no subject)"
NO_TEXT: Final = "(no text)"
_MOST_DIGITS: Final = 40
_Record = dict[str, Any]

_USER_REPAIRS: Final[Mapping[str, RepairFunction]] = {
    "email": value_repairs.repair_email,
    "name": value_repairs.make_label_repair(text.NAME_LIMIT),
    "role": value_repairs.repair_keyword,
    "skills": value_repairs.repair_tags,
    "capacity": value_repairs.repair_integer,
}
_TICKET_REPAIRS: Final[Mapping[str, RepairFunction]] = {
    "external_id": value_repairs.repair_identifier,
    "number": value_repairs.repair_ticket_number,
    "subject": value_repairs.repair_one_line,
    "description": value_repairs.repair_block,
    "priority": value_repairs.repair_keyword,
    "category": value_repairs.make_label_repair(text.TAG_LIMIT),
    "tags": value_repairs.repair_tags,
    "customer_email": value_repairs.repair_email,
    "created_at": value_repairs.repair_timestamp,
    "key": value_repairs.make_label_repair(text.NAME_LIMIT),
    "followup_of": value_repairs.repair_identifier,
}


def _find_edit_repair(type_: inspect.Type) -> RepairFunction:
    """Returns the repair of an editable field, by its type. Raises TypeError for a new type."""
    match type_:
        case inspect.Metadata(type=inspect.StrType(), extra={"text": "line", "limit": int(limit)}):
            return value_repairs.make_label_repair(limit)
        case inspect.UnionType(types=(inner, inspect.NoneType())):
            return _find_edit_repair(inner)
        case inspect.EnumType():
            return value_repairs.repair_keyword
        case inspect.VarTupleType():
            return value_repairs.repair_tags
        case inspect.DateTimeType():
            return value_repairs.repair_timestamp
        case _:
            raise TypeError(f"no repair is known for an editable field of type {type_}")


def _list_edit_repairs() -> dict[str, RepairFunction]:
    edits = inspect.type_info(TicketEdits)
    fields = edits.fields if isinstance(edits, inspect.StructType) else ()
    return {field.name: _find_edit_repair(field.type) for field in fields}


_EDIT_REPAIRS: Final[Mapping[str, RepairFunction]] = _list_edit_repairs()
_ENTRY_REPAIRS: Final[Mapping[str, RepairFunction]] = {
    "at": value_repairs.repair_timestamp,
    "type": value_repairs.repair_keyword,
    "actor": value_repairs.repair_email,
    "to": value_repairs.repair_email,
    "key": value_repairs.make_label_repair(text.NAME_LIMIT),
    "body": value_repairs.repair_block,
    "status": value_repairs.repair_keyword,
    "reason": value_repairs.make_label_repair(text.SUBJECT_LIMIT),
    "score": value_repairs.repair_integer,
    "message": value_repairs.repair_integer,
    "comment": value_repairs.repair_optional_block,
}


class RepairRules(Struct, frozen=True):
    """The rules of repairs: `strict` repairs nothing; `zone` is that of times without an offset."""

    strict: bool = False
    zone: ZoneInfo | None = None


class RepairedLine(Struct, frozen=True):
    """A line with its repairs, counted by kind."""

    line: TransferLine
    repairs: Mapping[str, int] = {}


def read_line(raw: bytes, rules: RepairRules) -> RepairedLine:
    """Returns the line, repaired if necessary. Raises Malformed, Invalid."""
    try:
        return RepairedLine(file_format.decode_line(raw))
    except RequestRefused as refusal:
        record = parse_record(raw)
        if record is None:
            raise
        tools = RepairContext(Counter(), rules.zone)
        mended = _repair_record(tools, record)
        if rules.strict and tools.done:
            raise
        return RepairedLine(_decode_repaired(mended, refusal), tools.done)


def parse_record(raw: bytes) -> _Record | None:
    """Returns the line as JSON that may have control characters and any number, or None."""
    try:
        value = json.loads(
            raw.decode(),
            strict=False,
            parse_int=_parse_integer,
            object_pairs_hook=_refuse_duplicate_fields,
        )
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse_duplicate_fields(pairs: list[tuple[str, Any]]) -> _Record:
    """Raises ValueError for a repeated name, since either value may be meant."""
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a field stands twice")
    return record


def _parse_integer(digits: str) -> int:
    return int(digits[:_MOST_DIGITS])


def _decode_repaired(mended: _Record, refusal: RequestRefused) -> TransferLine:
    """Returns the repaired line. Raises Malformed or Invalid for remaining errors."""
    try:
        return file_format.decode_line(json.dumps(mended).encode())
    except Invalid:
        raise
    except (RequestRefused, ValueError, RecursionError):
        raise refusal from None


def _repair_record(tools: RepairContext, record: _Record) -> _Record:
    user, ticket, history = (record.get(name) for name in ("user", "ticket", "history"))
    mended = dict(record)
    if isinstance(user, dict):
        mended["user"] = _repair_fields(tools, user, _USER_REPAIRS)
    if isinstance(history, list):
        mended["history"] = [part for entry in history for part in _repair_entry(tools, entry)]
    elif "history" in record and history is None:
        del mended["history"]
    if isinstance(ticket, dict):
        mended["ticket"] = _repair_ticket(tools, ticket, mended)
    return mended


def _repair_ticket(tools: RepairContext, ticket: _Record, mended: _Record) -> _Record:
    fields = _repair_fields(tools, ticket, _TICKET_REPAIRS)
    for name, instead in (("subject", NO_SUBJECT), ("description", NO_TEXT)):
        if name in ticket and value_repairs.is_empty_value(fields.get(name)):
            fields[name] = instead
            tools.done[f"empty {name}s filled in"] += 1
    _cut_subject(tools, fields)
    _split_description(tools, fields, mended)
    return fields


def _cut_subject(tools: RepairContext, fields: _Record) -> None:
    """Puts a subject that is too long at the beginning of the description."""
    subject, description = fields.get("subject"), fields.get("description")
    if not isinstance(subject, str) or not isinstance(description, str):
        return
    if len(subject) > text.SUBJECT_LIMIT:
        fields["description"] = f"{subject}\n\n{description}"
        fields["subject"] = subject[: text.SUBJECT_LIMIT - 1].rstrip() + "…"
        tools.done["long subjects cut, and kept whole in the description"] += 1


def _split_description(tools: RepairContext, fields: _Record, mended: _Record) -> None:
    """Continues a text that is too long in replies by the requester."""
    first, *rest = _split_text(fields.get("description"))
    if not rest:
        return
    tools.done["long descriptions continued in replies"] += 1
    fields["description"] = first
    entry = {"at": fields.get("created_at"), "type": "reply", "actor": fields.get("customer_email")}
    mended["history"] = [{**entry, "body": part} for part in rest] + list(
        mended.get("history") or []
    )


def _repair_entry(tools: RepairContext, entry: Any) -> list[Any]:
    """Returns the entry, or several if its message is too long."""
    if not isinstance(entry, dict):
        return [entry]
    fields = _repair_fields(tools, entry, _ENTRY_REPAIRS)
    if "body" in entry and value_repairs.is_empty_value(fields.get("body")):
        fields["body"] = NO_TEXT
        tools.done["empty messages filled in"] += 1
    if isinstance(entry.get("changes"), dict):
        fields["changes"] = _repair_fields(tools, entry["changes"], _EDIT_REPAIRS)
    first, *rest = _split_text(fields.get("body"))
    if not rest:
        return [fields]
    tools.done["long messages divided"] += 1
    once = {"changes", "attachments", "original"}
    plain = {name: value for name, value in fields.items() if name not in once}
    return [{**fields, "body": first}, *({**plain, "body": part} for part in rest)]


def _split_text(value: Any) -> list[Any]:
    """Splits a text into pieces, each short enough and none of them blank."""
    limit = text.BODY_LIMIT
    if not isinstance(value, str) or len(value) <= limit:
        return [value]
    pieces = [value[n : n + limit] for n in range(0, len(value), limit)]
    return [piece for piece in pieces if not value_repairs.is_empty_value(piece)]


def _repair_fields(
    tools: RepairContext, record: _Record, menders: Mapping[str, RepairFunction]
) -> _Record:
    mended: _Record = {}
    for name, value in record.items():
        mend = menders.get(name)
        new = value if mend is None else mend(tools, value)
        if new is LEFT_OUT:
            tools.done[f"unusable {name} left out"] += 1
        else:
            mended[name] = new
    return mended
