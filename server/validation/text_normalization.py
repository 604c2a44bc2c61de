"""Cleans the texts of a decoded body in place: the second half of the fast path.

A cleaner is made once for each type, and only touches fields that need cleaning: in most bodies two
or three.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from msgspec import UNSET, inspect
from msgspec.structs import force_setattr

from common import text
from common.filters.filter_format import format_filter
from common.filters.filter_parser import parse_filter
from common.filters.filter_terms import FILTER_LIMIT, FilterError

Clean = Callable[[Any], Any]
"""The value as it is to be stored. Raises ValueError with a sentence for the caller."""


def make_cleaner(node: inspect.Type) -> Clean | None:
    """Returns the function that cleans values of a type; None where there is nothing to clean."""
    make = _MAKERS.get(type(node))
    return None if make is None else make(node)


_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def require_storable(value: str) -> str:
    """Returns a text as it is. Raises ValueError for one that no database can hold."""
    if _UNSTORABLE.search(value):
        raise ValueError("must not have the character NUL or half of a surrogate pair")
    return value


def require_pattern(pattern: str, value: str) -> str:
    """Returns a text that matches. In msgspec's reading of a pattern "$" allows a last newline."""
    if value.endswith("\n") or not re.search(pattern, value):
        raise ValueError(f"must match {pattern}")
    return value


def convert_to_utc(value: datetime) -> datetime:
    """Returns the same moment in UTC. Raises ValueError at the edges of the calendar."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie in the years 1 to 9999 of UTC") from None


def normalize_filter(value: str) -> str:
    """Returns a filter in its one form. Raises ValueError with the place of what is wrong."""
    try:
        found = format_filter(parse_filter(require_storable(value)))
    except FilterError as error:
        raise ValueError(error.located_sentence) from None
    if len(found) > FILTER_LIMIT:
        raise ValueError(f"must have at most {FILTER_LIMIT} characters with all words in full")
    return found


def _metadata_cleaner(node: inspect.Metadata) -> Clean | None:
    extra = node.extra or {}
    if extra.get("text") == "filter":
        return normalize_filter
    if "text" in extra:
        return partial(text.clean_text, extra["text"], extra["limit"])
    return make_cleaner(node.type)


def _text_cleaner(node: inspect.StrType) -> Clean:
    return require_storable if node.pattern is None else partial(require_pattern, node.pattern)


def _struct_cleaner(node: inspect.StructType) -> Clean | None:
    made = [(field.name, make_cleaner(field.type)) for field in node.fields]
    plan = [(name, clean) for name, clean in made if clean is not None]

    def clean_fields(value: Any) -> Any:
        for name, clean in plan:
            old = getattr(value, name)
            if old is UNSET:
                continue
            new = clean(old)
            if new is not old:  # the same moment may stand in another offset, so not `!=`
                # Fresh from the decoder, so nobody else holds it; shared defaults are clean.
                force_setattr(value, name, new)
        return value

    return clean_fields if plan else None


def _items_cleaner(node: inspect.VarTupleType) -> Clean | None:
    clean = make_cleaner(node.item_type)
    if clean is None:
        return None
    return lambda items: tuple([clean(item) for item in items])


def _tuple_cleaner(node: inspect.TupleType) -> Clean | None:
    made = [make_cleaner(item) for item in node.item_types]
    if not any(made):
        return None
    return lambda items: tuple(
        item if clean is None else clean(item) for clean, item in zip(made, items, strict=True)
    )


def _optional_cleaner(node: inspect.UnionType) -> Clean | None:
    made = [clean for clean in map(make_cleaner, node.types) if clean is not None]
    if not made:
        return None
    (clean,) = made
    return lambda value: None if value is None else clean(value)


_MAKERS: Final[dict[type[inspect.Type], Callable[[Any], Clean | None]]] = {
    inspect.Metadata: _metadata_cleaner,
    inspect.StrType: _text_cleaner,
    inspect.DateTimeType: lambda _: convert_to_utc,
    inspect.StructType: _struct_cleaner,
    inspect.VarTupleType: _items_cleaner,
    inspect.TupleType: _tuple_cleaner,
    inspect.UnionType: _optional_cleaner,
}
