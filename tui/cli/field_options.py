"""Options of commands, made from the fields of a request's body or query."""

from collections.abc import Mapping
from typing import Any, Final

import click
import msgspec
from msgspec import Struct, inspect

from common.bulk import BulkFilter

NOTHING: Final = "none"
"""The value of an option that sends null."""
_PASSWORD: Final = "password"  # noqa: S105 - a format's name


class JsonValue(click.ParamType[Any]):
    """Any JSON value, for what has no option of its own."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Returns the value that the JSON stands for."""
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError as error:
            self.fail(f"is not JSON: {error}", param, ctx)


class _FilterValue(JsonValue):
    """A filter as it is typed everywhere, or JSON of the tickets that are meant."""

    name = "filter|json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(value, param, ctx) if value[:1] == "{" else {"filter": value}


class _NullableValue(click.ParamType[Any]):
    """A value of another type, or null, written `none`."""

    def __init__(self, inner: click.ParamType[Any]) -> None:
        self._inner, self.name = inner, f"{inner.name}|{NOTHING}"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value == NOTHING else self._inner.convert(value, param, ctx)


class RequestField(Struct, frozen=True):
    """A field of a body or query, with what a command line must know of its type."""

    name: str
    kind: inspect.Type
    is_required: bool
    help: str
    format: str
    is_block: bool
    """True for a text of many lines."""

    @property
    def is_nullable(self) -> bool:
        """Returns whether it may be null."""
        kinds = self.kind.types if isinstance(self.kind, inspect.UnionType) else ()
        return any(isinstance(kind, inspect.NoneType) for kind in kinds)

    @property
    def value_kind(self) -> inspect.Type:
        """The type of its value where it is not null."""
        kinds = self.kind.types if isinstance(self.kind, inspect.UnionType) else (self.kind,)
        some = [_strip_metadata(it) for it in kinds if not isinstance(it, inspect.NoneType)]
        return some[0] if len(some) == 1 else inspect.AnyType()

    @property
    def item_kind(self) -> inspect.Type | None:
        """The type of the items of a list of single values; None: it is no such list."""
        kind = self.value_kind
        if not isinstance(kind, inspect.ListType | inspect.VarTupleType | inspect.SetType):
            return None
        item = _strip_metadata(kind.item_type)
        return item if isinstance(item, _SCALARS) else None

    @property
    def is_scalar(self) -> bool:
        """Returns whether it has one value that is written as a word."""
        return isinstance(self.value_kind, _SCALARS) and not isinstance(
            self.value_kind, inspect.BoolType
        )

    @property
    def is_password(self) -> bool:
        """Returns whether it must not stand on a command line, where others can read it."""
        return self.format == _PASSWORD

    @property
    def flag(self) -> str:
        """The option, such as `--customer-email`."""
        return f"--{self.name.replace('_', '-')}"


_SCALARS: Final = (
    inspect.StrType, inspect.IntType, inspect.FloatType, inspect.EnumType, inspect.LiteralType,
    inspect.DateTimeType, inspect.DateType, inspect.BoolType,
)  # fmt: skip


def list_request_fields(kind: type[Struct] | None) -> list[RequestField]:
    """Returns the fields of a body or query, in their order."""
    if kind is None or not issubclass(kind, Struct):
        return []
    described: Any = inspect.type_info(kind)
    return [_describe_field(field) for field in described.fields]


def _describe_field(field: inspect.Field) -> RequestField:
    found = _find_metadata(field.type)
    schema = {key: value for one in found for key, value in (one.extra_json_schema or {}).items()}
    extras = [one.extra or {} for one in found]
    return RequestField(
        field.encode_name,
        field.type if isinstance(field.type, inspect.UnionType) else _strip_metadata(field.type),
        field.required,
        str(schema.get("description", "")),
        str(schema.get("format", "")),
        any(extra.get("text") in {"block", "unfinished"} for extra in extras),
    )


def _find_metadata(kind: inspect.Type) -> list[inspect.Metadata]:
    if isinstance(kind, inspect.Metadata):
        return [kind, *_find_metadata(kind.type)]
    if isinstance(kind, inspect.UnionType):
        return [found for one in kind.types for found in _find_metadata(one)]
    return []


def _strip_metadata(kind: inspect.Type) -> inspect.Type:
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    return kind


def make_field_option(field: RequestField) -> click.Option:
    """Returns the option of a field. A field that has no value on the command line is not sent."""
    if isinstance(field.value_kind, inspect.BoolType) or field.is_password:
        both = field.flag if field.is_password else f"{field.flag}/--no-{field.flag[2:]}"
        help_ = "Asks for it; without a terminal it is a line of standard input."
        return click.Option(
            [both, field.name], default=None, is_flag=True, help=help_ * field.is_password
        )
    help_ = field.help
    if field.item_kind is not None:
        kind: click.ParamType[Any] = _choose_type(field.item_kind)
        help_ = f"{help_}{'; m' if help_ else 'M'}ay be repeated; '' clears it."
    else:
        kind = _choose_type(field.value_kind)
    if field.is_nullable:
        kind = _NullableValue(kind)
    return click.Option(
        [field.flag, field.name],
        type=_OrEmpty(kind) if field.item_kind is not None else kind,
        default=None,
        multiple=field.item_kind is not None,
        required=field.is_required,
        help=help_ or None,
    )


class _OrEmpty(click.ParamType[Any]):
    """An item of a list; the empty text stands for no item."""

    def __init__(self, inner: click.ParamType[Any]) -> None:
        self._inner, self.name = inner, inner.name

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        return self._inner.get_metavar(param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Any:
        return self._inner.shell_complete(ctx, param, incomplete)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value == "" else self._inner.convert(value, param, ctx)


def make_field_argument(field: RequestField) -> click.Argument:
    """Returns the argument of the one field that a command cannot do without."""
    kind = _choose_type(field.value_kind)
    return click.Argument(
        [field.name], type=_NullableValue(kind) if field.is_nullable else kind, required=True
    )


def _choose_type(kind: inspect.Type) -> click.ParamType[Any]:
    match kind:
        case inspect.EnumType(cls=values):
            return click.Choice([str(one.value) for one in values])
        case inspect.LiteralType(values=words):
            return click.Choice([str(word) for word in words])
        case inspect.IntType():
            return click.INT
        case inspect.FloatType():
            return click.FLOAT
        case inspect.StrType() | inspect.DateTimeType() | inspect.DateType():
            return click.STRING
    is_filter = isinstance(kind, inspect.StructType) and kind.cls is BulkFilter
    return _FilterValue() if is_filter else JsonValue()


def collect_values(request_fields: list[RequestField], given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields that have a value on the command line, as they are sent."""
    found: dict[str, Any] = {}
    for field in request_fields:
        value = given.get(field.name)
        if value is None or value == ():
            continue
        if field.item_kind is not None:
            found[field.name] = [item for item in value if item != ""]
        else:
            found[field.name] = None if field.is_nullable and value == NOTHING else value
    return found
