"""Validators of single values, with a sentence for each error."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, inspect

from common.errors import FieldError
from server.validation import text_normalization

Check = Callable[[Any, str, list[FieldError]], Any]
"""(value, JSON pointer, errors found so far) -> the typed value; after an error, anything."""


def make_leaf_check(read: Callable[[Any], Any]) -> Check:
    """Returns a check for a function that raises ValueError with the sentence for the caller."""

    def check_leaf(value: Any, pointer: str, errors: list[FieldError]) -> Any:
        try:
            return read(value)
        except ValueError as refusal:
            errors.append(FieldError(str(refusal), pointer=pointer))

    return check_leaf


def require_string(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("must be a text")


def make_text_check(node: inspect.StrType, form: str = "") -> Check:
    pattern = node.pattern

    def read(value: Any) -> str:
        given = text_normalization.require_storable(require_string(value))
        check_size(len(given), node.min_length, node.max_length, "character")
        return given if pattern is None else formed(pattern, given)

    def formed(pattern: str, given: str) -> str:
        try:
            return text_normalization.require_pattern(pattern, given)
        except ValueError as refusal:
            raise ValueError(form or str(refusal)) from None

    return make_leaf_check(read)


def check_size(size: int, least: int | None, most: int | None, unit: str) -> None:
    if least is not None and size < least:
        raise ValueError(f"must have at least {_format_count(least, unit)}")
    if most is not None and size > most:
        raise ValueError(f"must have at most {_format_count(most, unit)}")


def _format_count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def make_integer_check(node: inspect.IntType) -> Check:
    def read(value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON knows one kind of number: 3.0 is 3
        if type(value) is not int:  # true and false are integers to Python alone
            raise ValueError("must be a whole number")
        if node.ge is not None and value < node.ge:
            raise ValueError(f"must be at least {node.ge}")
        if node.le is not None and value > node.le:
            raise ValueError(f"must be at most {node.le}")
        return value

    return make_leaf_check(read)


def make_boolean_check(_: inspect.BoolType) -> Check:
    def read(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise ValueError("must be true or false")

    return make_leaf_check(read)


def make_datetime_check(_: inspect.DateTimeType) -> Check:
    def read(value: Any) -> datetime:
        try:
            instant = msgspec.convert(require_string(value), _INSTANT)
        except ValueError:
            raise ValueError(_INSTANT_ERROR) from None
        return text_normalization.convert_to_utc(instant)

    return make_leaf_check(read)


_INSTANT: Final[Any] = Annotated[datetime, Meta(tz=True)]
_INSTANT_ERROR: Final = "must be a time with an offset, such as 2026-02-03T09:30:00Z"


def make_enum_check(node: inspect.EnumType) -> Check:
    choices = {member.value: member for member in node.cls}
    wanted = f"must be one of {', '.join(choices)}"

    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(wanted)
        return choices[value]

    return make_leaf_check(read)
