"""Repairs single values of a line, if their meaning is clear.

Each function takes a value of any type and counts what it does; what it cannot mend it hands back
as it is, for the check of the line to refuse it with its reason.
"""

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct

from common import text
from common.invisible_characters import remove_invisible

LEFT_OUT: Final = object()
"""Replaces an optional value that cannot be used."""
MOST_TAGS: Final = 20
_LARGEST: Final = 2**53
_NO_LIMIT: Final = 10**9
_BREAKS: Final = re.compile("[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_BLOCK_BREAKS: Final = re.compile("\r\n|[\r\v\f\x85]")
_NAMED_ADDRESS: Final = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class RepairContext(Struct, frozen=True):
    """The repairs so far, counted by kind, and the time zone of times without an offset."""

    done: Counter[str]
    zone: ZoneInfo | None = None

    def replace_matches(self, what: re.Pattern[str], instead: str, value: str, kind: str) -> str:
        new, count = what.subn(instead, value)
        if count:
            self.done[kind] += 1
        return new


RepairFunction: TypeAlias = Callable[[RepairContext, Any], Any]


def is_empty_value(value: Any) -> bool:
    """Returns whether the value is missing or a blank text."""
    if value is None:
        return True
    if not isinstance(value, str):
        return False
    try:
        text.clean_text("block", _NO_LIMIT, value)
    except ValueError:
        return True
    return False


def repair_one_line(mending: RepairContext, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return _replace_control_characters(
        mending, mending.replace_matches(_BREAKS, " ", value.strip(), "line breaks replaced")
    )


def repair_block(mending: RepairContext, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return _replace_control_characters(
        mending, mending.replace_matches(_BLOCK_BREAKS, "\n", value, "line breaks replaced")
    )


def repair_optional_block(mending: RepairContext, value: Any) -> Any:
    mended = repair_block(mending, value)
    return LEFT_OUT if is_empty_value(mended) else mended


def make_label_repair(limit: int) -> RepairFunction:
    """Returns a repair to one line, cut to the limit; blank texts are left out."""

    def mend(mending: RepairContext, value: Any) -> Any:
        mended = repair_one_line(mending, value)
        if is_empty_value(mended):
            return LEFT_OUT
        if not isinstance(mended, str) or len(mended) <= limit:
            return mended
        mending.done[f"texts cut to {limit} characters"] += 1
        return mended[: limit - 1].rstrip() + "…"

    return mend


def repair_identifier(mending: RepairContext, value: Any) -> Any:
    """Repairs an external id: a number becomes a text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int:
        mending.done["numbers read as text"] += 1
        return str(value)
    mended = repair_one_line(mending, value)
    return LEFT_OUT if is_empty_value(mended) else mended


def repair_ticket_number(mending: RepairContext, value: Any) -> Any:
    """Repairs a ticket number; an impossible one is left out, so that a new one is drawn."""
    if isinstance(value, str) and value.strip().lstrip("#").isdecimal():
        mending.done["texts read as numbers"] += 1
        value = int(value.strip().lstrip("#")[:40])
    usable = type(value) is int and 1 <= value <= _LARGEST
    return value if usable or (isinstance(value, float) and value.is_integer()) else LEFT_OUT


def repair_integer(mending: RepairContext, value: Any) -> Any:
    if isinstance(value, str) and value.strip().isdecimal():
        mending.done["texts read as numbers"] += 1
        return int(value.strip()[:40])
    return value


def repair_keyword(mending: RepairContext, value: Any) -> Any:
    """Repairs a keyword, such as a priority."""
    if value is None:
        return LEFT_OUT
    if not isinstance(value, str):
        return value
    mended = value.strip().lower().replace("-", "_").replace(" ", "_")
    if mended != value:
        mending.done["keywords changed to lower case"] += 1
    return mended


def repair_email(mending: RepairContext, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    bare = remove_invisible(value)
    if bare != value:
        mending.done["invisible characters removed from addresses"] += 1
    named = _NAMED_ADDRESS.fullmatch(bare.strip())
    if named:
        mending.done["names before addresses removed"] += 1
    return _replace_control_characters(mending, named[1] if named else bare.strip())


def repair_timestamp(mending: RepairContext, value: Any) -> Any:
    """Repairs an unambiguous time to RFC 3339."""
    if not isinstance(value, str):
        return value
    try:
        at = datetime.fromisoformat(value.strip())
    except ValueError:
        return value
    if at.tzinfo is None:
        # The zone was given for this, so that it is read is no repair.
        return value if mending.zone is None else at.replace(tzinfo=mending.zone).isoformat()
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]{8,}(Z|[+-]\d\d:\d\d)", value):
        mending.done["times written anew"] += 1
        return at.isoformat()
    return value


def repair_tags(mending: RepairContext, value: Any) -> Any:
    if value is None:
        return LEFT_OUT
    if not isinstance(value, list):
        return value
    mend = make_label_repair(text.TAG_LIMIT)
    mended = [mend(mending, str(it) if type(it) is int else it) for it in value]
    kept = [it for it in mended if it is not LEFT_OUT]
    if all(isinstance(it, str) for it in kept):
        kept = list(dict.fromkeys(kept))
    if len(kept) > MOST_TAGS:
        mending.done[f"tags beyond {MOST_TAGS} left out"] += len(kept) - MOST_TAGS
    return kept[:MOST_TAGS]


def _replace_control_characters(mending: RepairContext, value: str) -> str:
    value = mending.replace_matches(_CONTROLS, "", value, "control characters removed")
    return mending.replace_matches(_SURROGATES, "\ufffd", value, "broken characters replaced")
