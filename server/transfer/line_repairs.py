"""Repairs: what is harmless in a line is mended and counted, the rest is refused with its reason.

A good line takes the short way and is not touched. See docs/import.md, "What is repaired".
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from common import text
from common.errors import Invalid, Refused
from server.transfer import file_format, value_repairs
from server.transfer.file_format import Line
from server.transfer.value_repairs import LEFT_OUT, Mend, Mending

NO_SUBJECT: Final = "(no subject)"
NO_TEXT: Final = "(no text)"
_MOST_DIGITS: Final = 40
_Record = dict[str, Any]

_USER: Final[Mapping[str, Mend]] = {
    "email": value_repairs.address,
    "name": value_repairs.label(text.NAME_LIMIT),
    "role": value_repairs.word,
    "skills": value_repairs.tags,
    "capacity": value_repairs.count,
}
_TICKET: Final[Mapping[str, Mend]] = {
    "external_id": value_repairs.identifier,
    "number": value_repairs.number,
    "subject": value_repairs.one_line,
    "description": value_repairs.block,
    "priority": value_repairs.word,
    "category": value_repairs.label(text.TAG_LIMIT),
    "tags": value_repairs.tags,
    "customer_email": value_repairs.address,
    "created_at": value_repairs.instant,
    "key": value_repairs.label(text.NAME_LIMIT),
    "followup_of": value_repairs.identifier,
}
_EDITS: Final[Mapping[str, Mend]] = {
    "subject": value_repairs.label(text.SUBJECT_LIMIT),
    "priority": value_repairs.word,
    "category": value_repairs.label(text.TAG_LIMIT),
    "tags": value_repairs.tags,
    "waiting_on": value_repairs.word,
    "snoozed_until": value_repairs.instant,
}
_ENTRY: Final[Mapping[str, Mend]] = {
    "at": value_repairs.instant,
    "type": value_repairs.word,
    "actor": value_repairs.address,
    "to": value_repairs.address,
    "key": value_repairs.label(text.NAME_LIMIT),
    "body": value_repairs.block,
    "status": value_repairs.word,
    "reason": value_repairs.label(text.SUBJECT_LIMIT),
    "score": value_repairs.count,
    "comment": value_repairs.optional_block,
}


class Rules(Struct, frozen=True):
    """How lines are read: `strict` repairs nothing; `zone` is that of times without an offset."""

    strict: bool = False
    zone: ZoneInfo | None = None


class Read(Struct, frozen=True):
    """A line, and what was repaired in it, counted by kind."""

    line: Line
    repairs: Mapping[str, int] = {}


def read(raw: bytes, rules: Rules) -> Read:
    """Returns the line, repaired where that does no harm. Raises Malformed, Invalid."""
    try:
        return Read(file_format.read(raw))
    except Refused as refusal:
        record = record_of(raw)
        if record is None:
            raise
        tools = Mending(Counter(), rules.zone)
        mended = _mend_line(tools, record)
        if rules.strict and tools.done:
            raise
        return Read(_read_again(mended, refusal), tools.done)


def record_of(raw: bytes) -> _Record | None:
    """Returns the line as JSON that may have control characters and any number, or None."""
    try:
        value = json.loads(
            raw.decode(), strict=False, parse_int=_whole_number, object_pairs_hook=_fields_once
        )
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _fields_once(pairs: list[tuple[str, Any]]) -> _Record:
    """Refuses a name that stands twice: nobody can say which value is meant. Raises ValueError."""
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a field stands twice")
    return record


def _whole_number(digits: str) -> int:
    return int(digits[:_MOST_DIGITS])


def _read_again(mended: _Record, refusal: Refused) -> Line:
    """Returns the mended line. Raises what is wrong with it still."""
    try:
        return file_format.read(json.dumps(mended).encode())
    except Invalid:
        raise
    except (Refused, ValueError, RecursionError):
        raise refusal from None


def _mend_line(tools: Mending, record: _Record) -> _Record:
    user, ticket, history = (record.get(name) for name in ("user", "ticket", "history"))
    mended = dict(record)
    if isinstance(user, dict):
        mended["user"] = _fields(tools, user, _USER)
    if isinstance(history, list):
        mended["history"] = [part for entry in history for part in _entries(tools, entry)]
    elif "history" in record and history is None:
        del mended["history"]
    if isinstance(ticket, dict):
        mended["ticket"] = _mend_ticket(tools, ticket, mended)
    return mended


def _mend_ticket(tools: Mending, ticket: _Record, mended: _Record) -> _Record:
    fields = _fields(tools, ticket, _TICKET)
    for name, instead in (("subject", NO_SUBJECT), ("description", NO_TEXT)):
        if name in ticket and value_repairs.is_blank(fields.get(name)):
            fields[name] = instead
            tools.done[f"empty {name}s filled in"] += 1
    _cut_subject(tools, fields)
    _divide_description(tools, fields, mended)
    return fields


def _cut_subject(tools: Mending, fields: _Record) -> None:
    """A subject that is too long stands whole at the head of the description."""
    subject, description = fields.get("subject"), fields.get("description")
    if not isinstance(subject, str) or not isinstance(description, str):
        return
    if len(subject) > text.SUBJECT_LIMIT:
        fields["description"] = f"{subject}\n\n{description}"
        fields["subject"] = subject[: text.SUBJECT_LIMIT - 1].rstrip() + "…"
        tools.done["long subjects cut, and kept whole in the description"] += 1


def _divide_description(tools: Mending, fields: _Record, mended: _Record) -> None:
    """Continues a text that is too long in replies by the requester."""
    first, *rest = _parts(fields.get("description"))
    if not rest:
        return
    tools.done["long descriptions continued in replies"] += 1
    fields["description"] = first
    entry = {"at": fields.get("created_at"), "type": "reply", "actor": fields.get("customer_email")}
    mended["history"] = [{**entry, "body": part} for part in rest] + list(
        mended.get("history") or []
    )


def _entries(tools: Mending, entry: Any) -> list[Any]:
    """Returns an entry, as several where its message is too long for one."""
    if not isinstance(entry, dict):
        return [entry]
    fields = _fields(tools, entry, _ENTRY)
    if "body" in entry and value_repairs.is_blank(fields.get("body")):
        fields["body"] = NO_TEXT
        tools.done["empty messages filled in"] += 1
    if isinstance(entry.get("changes"), dict):
        fields["changes"] = _fields(tools, entry["changes"], _EDITS)
    first, *rest = _parts(fields.get("body"))
    if not rest:
        return [fields]
    tools.done["long messages divided"] += 1
    plain = {name: value for name, value in fields.items() if name != "changes"}
    return [{**fields, "body": first}, *({**plain, "body": part} for part in rest)]


def _parts(value: Any) -> list[Any]:
    """Returns a text in pieces, each short enough and none of them blank."""
    limit = text.BODY_LIMIT
    if not isinstance(value, str) or len(value) <= limit:
        return [value]
    pieces = [value[n : n + limit] for n in range(0, len(value), limit)]
    return [piece for piece in pieces if not value_repairs.is_blank(piece)]


def _fields(tools: Mending, record: _Record, menders: Mapping[str, Mend]) -> _Record:
    mended: _Record = {}
    for name, value in record.items():
        mend = menders.get(name)
        new = value if mend is None else mend(tools, value)
        if new is LEFT_OUT:
            tools.done[f"unusable {name} left out"] += 1
        else:
            mended[name] = new
    return mended
