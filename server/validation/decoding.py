"""Decodes bodies and queries as types of `common`, or refuses them with every bad field at once.

A valid body takes the fast path: one typed decode, then its texts are cleaned in place. A body that
fails there is read again by `validators`, which word an error for each field.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar, cast

import msgspec
from msgspec import inspect
from multidict import MultiMapping

from common.errors import FieldError, Invalid
from server.validation import text_normalization, validators
from server.validation.json_text import (
    find_repeated_keys,
    has_repeated_keys,
    make_printable,
    parse_json,
    parse_whole_number,
)
from server.validation.scalar_validators import Check

T = TypeVar("T", bound=msgspec.Struct)

_REFUSALS: Final = (msgspec.DecodeError, ValueError, RecursionError)
_MAX_ERRORS: Final = 1000  # an answer must not become many times as large as its body

# A "+" that nobody escaped arrives as a blank. After a full time only an offset can follow it.
_UNESCAPED_PLUS: Final = re.compile(r"(.*[Tt][0-9:.]{8,}) ([0-9]{2}:[0-9]{2})")


def decode_body(type_: type[T], raw: bytes, *, optional: bool = False) -> T:
    """Returns the body as an instance of `type_`, a Struct, with its texts cleaned.

    With `optional`, no body at all means the same as `{}`. Raises Malformed for a text that is not
    JSON, Invalid with every bad field at once.
    """
    decoder, clean = _make_fast_decoder(type_)
    try:
        value: T = decoder.decode(raw)
        if clean is not None:
            clean(value)
    except _REFUSALS:
        return _decode_with_all_errors(type_, b"{}" if optional and not raw.strip() else raw)
    return _decode_with_all_errors(type_, raw) if has_repeated_keys(raw) else value


def decode_query(type_: type[T], pairs: MultiMapping[str]) -> T:
    """Returns the query's parameters as an instance of `type_`: list fields may be repeated.

    Raises Invalid with every bad or unknown parameter at once.
    """
    known = _describe_parameters(type_)
    errors = [_unknown_parameter(name) for name in pairs if name not in known]
    given = [it for name, it in known.items() if name in pairs]
    values = {it.field: _read_values(it, pairs.getall(it.name), errors) for it in given}
    errors += [
        FieldError("is required", parameter=name)
        for name, it in known.items()
        if it.required and name not in pairs
    ]
    if errors:
        raise Invalid(*errors[:_MAX_ERRORS])
    return type_(**values)


@cache
def _make_fast_decoder(
    type_: type[T],
) -> tuple[msgspec.json.Decoder[T], text_normalization.Clean | None]:
    return msgspec.json.Decoder(type_), text_normalization.make_cleaner(inspect.type_info(type_))


@cache
def _make_body_check(type_: type) -> Check:
    return validators.make_check(inspect.type_info(type_))


def _decode_with_all_errors(type_: type[T], raw: bytes) -> T:
    parsed = parse_json(raw)
    errors = list(find_repeated_keys(parsed))
    value = _make_body_check(type_)(parsed, "", errors)
    if errors:
        raise Invalid(*errors[:_MAX_ERRORS], given=_keep_valid_fields(value))
    read: T = value
    return read


def _keep_valid_fields(value: Any) -> Mapping[str, Any] | None:
    """Returns the fields that are valid by themselves."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.asdict(value)
        return {name: it for name, it in fields.items() if it is not msgspec.UNSET}
    given: Mapping[str, Any] | None = value
    return given


class _QueryParameter(NamedTuple):
    name: str
    field: str
    required: bool
    many: bool
    kind: inspect.Type
    check: Check


@cache
def _describe_parameters(type_: type) -> Mapping[str, _QueryParameter]:
    info = cast("inspect.StructType", inspect.type_info(type_))
    return {field.encode_name: _describe_parameter(field) for field in info.fields}


def _describe_parameter(field: inspect.Field) -> _QueryParameter:
    many = isinstance(field.type, inspect.ListType)
    kind = field.type.item_type if isinstance(field.type, inspect.ListType) else field.type
    return _QueryParameter(
        field.encode_name, field.name, field.required, many, kind, validators.make_check(kind)
    )


def _read_values(parameter: _QueryParameter, texts: list[str], errors: list[FieldError]) -> Any:
    found: list[FieldError] = []
    values = [parameter.check(_parse_text(parameter.kind, text), "", found) for text in texts]
    if len(texts) > 1 and not parameter.many:
        found.insert(0, FieldError("must be given only once"))
    errors += [FieldError(error.detail, parameter=parameter.name) for error in found[:1]]
    return values if parameter.many else values[0]


def _unknown_parameter(name: str) -> FieldError:
    return FieldError("is no parameter of this route", parameter=make_printable(name))


def _parse_text(kind: inspect.Type, text: str) -> Any:
    """Returns the value of a parameter's text; the text itself where the check has to refuse it."""
    if isinstance(kind, inspect.IntType) and re.fullmatch(r"-?[0-9]+", text):
        return parse_whole_number(text)
    if isinstance(kind, inspect.DateTimeType):
        return _UNESCAPED_PLUS.sub(r"\1+\2", text)
    if isinstance(kind, inspect.BoolType):
        return {"true": True, "false": False}.get(text, text)
    return text
