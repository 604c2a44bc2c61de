"""The long way: a value from outside against a type, with a plain sentence for each bad field.

msgspec stops at the first error and speaks of types; a caller wants every field at once, and
what to do about it. Texts are cleaned before their limits count: blanks around them cost nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, inspect

from common.refused import FieldError
from server.rest import cleaning

Check = Callable[[Any, str, list[FieldError]], Any]
"""(value, JSON pointer, errors found so far) -> the typed value, meaningless after an error."""


def check(node: inspect.Type) -> Check:
    """What reads a value of this type. Raises TypeError for a type no body has had yet."""
    make = _MAKERS.get(type(node))
    if make is None:
        raise TypeError(f"No rule yet for reading {node}")
    return make(node)


def printable(key: str) -> str:
    """A caller's own key, fit to be sent back: half a surrogate pair cannot be encoded."""
    return key.encode(errors="replace").decode()


def _leaf(read: Callable[[Any], Any]) -> Check:
    """A check out of a function that raises ValueError with the sentence for the caller."""

    def check_leaf(value: Any, pointer: str, errors: list[FieldError]) -> Any:
        try:
            return read(value)
        except ValueError as refusal:
            errors.append(FieldError(str(refusal), pointer=pointer))

    return check_leaf


def _metadata(node: inspect.Metadata) -> Check:
    clean = cleaning.cleaner(node)
    if clean is not None and "text" in (node.extra or {}):
        return _leaf(lambda value: clean(_string(value)))
    described = (node.extra_json_schema or {}).get("description")
    if isinstance(node.type, inspect.StrType) and described:
        return _str(node.type, f"must be {described}")
    return check(node.type)


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("must be a text")


def _str(node: inspect.StrType, form: str = "") -> Check:
    pattern = node.pattern

    def read(value: Any) -> str:
        text = cleaning.plain(_string(value))
        _sized(len(text), node.min_length, node.max_length, "character")
        return text if pattern is None else _formed(pattern, text)

    def _formed(pattern: str, text: str) -> str:
        try:
            return cleaning.formed(pattern, text)
        except ValueError as refusal:
            raise ValueError(form or str(refusal)) from None

    return _leaf(read)


def _sized(size: int, least: int | None, most: int | None, unit: str) -> None:
    if least is not None and size < least:
        raise ValueError(f"must have at least {_counted(least, unit)}")
    if most is not None and size > most:
        raise ValueError(f"must have at most {_counted(most, unit)}")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _int(node: inspect.IntType) -> Check:
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

    return _leaf(read)


def _bool(_: inspect.BoolType) -> Check:
    def read(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise ValueError("must be true or false")

    return _leaf(read)


def _datetime(_: inspect.DateTimeType) -> Check:
    def read(value: Any) -> datetime:
        try:
            moment = msgspec.convert(_string(value), _INSTANT)
        except ValueError:
            raise ValueError(_EXAMPLE) from None
        return cleaning.instant(moment)

    return _leaf(read)


_INSTANT: Final[Any] = Annotated[datetime, Meta(tz=True)]
_EXAMPLE: Final = "must be a time with an offset, such as 2026-02-03T09:30:00Z"


def _enum(node: inspect.EnumType) -> Check:
    choices = {member.value: member for member in node.cls}
    wanted = f"must be one of {', '.join(choices)}"

    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(wanted)
        return choices[value]

    return _leaf(read)


def _optional(node: inspect.UnionType) -> Check:
    others = [kind for kind in node.types if not isinstance(kind, inspect.NoneType)]
    if len(others) != 1:
        raise TypeError(f"No rule yet for reading {node}")
    inner = check(others[0])

    def check_optional(value: Any, pointer: str, errors: list[FieldError]) -> Any:
        return None if value is None else inner(value, pointer, errors)

    return check_optional


def _items(node: inspect.VarTupleType) -> Check:
    inner = check(node.item_type)
    sized = _leaf(lambda value: _sized(len(value), node.min_length, node.max_length, "item"))

    def check_items(value: Any, pointer: str, errors: list[FieldError]) -> Any:
        if not isinstance(value, list):
            errors.append(FieldError("must be a list", pointer=pointer))
            return None
        sized(value, pointer, errors)
        return tuple([inner(item, f"{pointer}/{at}", errors) for at, item in enumerate(value)])

    return check_items


def _fixed(node: inspect.TupleType) -> Check:
    inner = [check(kind) for kind in node.item_types]

    def check_fixed(value: Any, pointer: str, errors: list[FieldError]) -> Any:
        if not isinstance(value, list) or len(value) != len(inner):
            errors.append(FieldError(f"must be a list of {len(inner)}", pointer=pointer))
            return None
        pairs = enumerate(zip(inner, value, strict=True))
        return tuple([read(item, f"{pointer}/{at}", errors) for at, (read, item) in pairs])

    return check_fixed


def _struct(node: inspect.StructType) -> Check:
    fields = {field.encode_name: (field, check(field.type)) for field in node.fields}

    def check_struct(value: Any, pointer: str, errors: list[FieldError]) -> Any:
        if not isinstance(value, dict):
            errors.append(FieldError("must be a JSON object", pointer=pointer))
            return None
        before = len(errors)
        values = {}
        for name, (field, read) in fields.items():
            if name in value:
                values[field.name] = read(value[name], f"{pointer}/{name}", errors)
            elif field.required:
                errors.append(FieldError("is required", pointer=f"{pointer}/{name}"))
        errors += [_unknown(key, pointer) for key in value if key not in fields]
        return node.cls(**values) if len(errors) == before else None

    return check_struct


def _unknown(key: str, pointer: str) -> FieldError:
    escaped = printable(key).replace("~", "~0").replace("/", "~1")
    return FieldError("is no field of this request", pointer=f"{pointer}/{escaped}")


_MAKERS: Final[dict[type[inspect.Type], Callable[[Any], Check]]] = {
    inspect.Metadata: _metadata,
    inspect.StrType: _str,
    inspect.IntType: _int,
    inspect.BoolType: _bool,
    inspect.DateTimeType: _datetime,
    inspect.EnumType: _enum,
    inspect.UnionType: _optional,
    inspect.VarTupleType: _items,
    inspect.TupleType: _fixed,
    inspect.StructType: _struct,
}
