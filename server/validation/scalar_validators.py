"""The long way's ends: single values, and the sentence for each that is not right."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, inspect

from common.errors import FieldError
from server.validation import text_normalization

Check = Callable[[Any, str, list[FieldError]], Any]
"""(value, JSON pointer, errors found so far) -> the typed value; after an error, anything."""


def leaf(read: Callable[[Any], Any]) -> Check:
    """A check out of a function that raises ValueError with the sentence for the caller."""

    def check_leaf(value: Any, pointer: str, errors: list[FieldError]) -> Any:
        try:
            return read(value)
        except ValueError as refusal:
            errors.append(FieldError(str(refusal), pointer=pointer))

    return check_leaf


def string(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("must be a text")


def text(node: inspect.StrType, form: str = "") -> Check:
    pattern = node.pattern

    def read(value: Any) -> str:
        given = text_normalization.plain(string(value))
        sized(len(given), node.min_length, node.max_length, "character")
        return given if pattern is None else formed(pattern, given)

    def formed(pattern: str, given: str) -> str:
        try:
            return text_normalization.formed(pattern, given)
        except ValueError as refusal:
            raise ValueError(form or str(refusal)) from None

    return leaf(read)


def sized(size: int, least: int | None, most: int | None, unit: str) -> None:
    if least is not None and size < least:
        raise ValueError(f"must have at least {_counted(least, unit)}")
    if most is not None and size > most:
        raise ValueError(f"must have at most {_counted(most, unit)}")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def whole_number(node: inspect.IntType) -> Check:
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

    return leaf(read)


def boolean(_: inspect.BoolType) -> Check:
    def read(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise ValueError("must be true or false")

    return leaf(read)


def moment(_: inspect.DateTimeType) -> Check:
    def read(value: Any) -> datetime:
        try:
            instant = msgspec.convert(string(value), _INSTANT)
        except ValueError:
            raise ValueError(_EXAMPLE) from None
        return text_normalization.instant(instant)

    return leaf(read)


_INSTANT: Final[Any] = Annotated[datetime, Meta(tz=True)]
_EXAMPLE: Final = "must be a time with an offset, such as 2026-02-03T09:30:00Z"


def choice(node: inspect.EnumType) -> Check:
    choices = {member.value: member for member in node.cls}
    wanted = f"must be one of {', '.join(choices)}"

    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(wanted)
        return choices[value]

    return leaf(read)
