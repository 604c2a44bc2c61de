"""Decodes the fields of a form as a type of `common`: texts, numbers, and objects as JSON.

The same checks as for JSON, with the same pointers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, Final, TypeVar, cast

import msgspec
from msgspec import inspect

from common.errors import FieldError, Invalid
from server.validation import decoding
from server.validation.json_text import make_printable

T = TypeVar("T", bound=msgspec.Struct)
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")


def decode_form(type_: type[T], fields: Mapping[str, Sequence[str]]) -> T:
    """Returns the fields as an instance of `type_`. Raises Invalid with every bad field at once."""
    values = {name: _read_field(type_, name, texts[0]) for name, texts in fields.items()}
    repeated = [
        FieldError("must be given only once", pointer=f"/{make_printable(name)}")
        for name, texts in fields.items()
        if len(texts) > 1
    ]
    try:
        decoded = decoding.decode_body(type_, msgspec.json.encode(values))
    except Invalid as refusal:
        raise refusal.with_errors(repeated) from None
    if repeated:
        raise Invalid(*repeated)
    return decoded


def _read_field(type_: type, name: str, text: str) -> Any:
    """Returns a number or an object where the field is one and the text is one; else the text."""
    if name in _list_fields(type_, inspect.IntType) and _WHOLE.fullmatch(text):
        return int(text)
    if name in _list_fields(type_, inspect.StructType):
        with suppress(msgspec.MsgspecError):
            return msgspec.json.decode(text)
    return text


@cache
def _list_fields(type_: type, wanted: type[inspect.Type]) -> frozenset[str]:
    """Returns the names of the fields that have a type of this kind."""
    info = cast("inspect.StructType", inspect.type_info(type_))
    return frozenset(
        field.encode_name
        for field in info.fields
        if any(isinstance(kind, wanted) for kind in _list_kinds(field.type))
    )


def _list_kinds(node: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(node, inspect.Metadata):
        yield from _list_kinds(node.type)
    elif isinstance(node, inspect.UnionType):
        for kind in node.types:
            yield from _list_kinds(kind)
    else:
        yield node
