"""Converts tickets to rows and back, column by column, as the fields of `Ticket` say.

A column has the name of its field, and holds what `_find_codec` says for its type.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from types import NoneType
from typing import Any, Final, NamedTuple, get_args, get_type_hints

import msgspec

from common.tickets.sla import NO_DUE_INSTANT
from common.tickets.ticket import Priority, Ticket
from server.domain.generated_constructor import generate_constructor, generate_row_constructor
from server.domain.queue_entry import encode_waiting_group
from server.domain.timestamps import from_microseconds, to_microseconds
from server.storage.engine.transaction import Row
from server.storage.tables.desk_tables import TicketModel

COLUMNS: Final = [getattr(TicketModel, name) for name in Ticket.__struct_fields__]
"""The columns that `ticket_from_row` reads, in its order."""


class _Codec(NamedTuple):
    """Converts a value that is not null to its column's value and back."""

    decode: Callable[[Any], Any]
    encode: Callable[[Any], Any]


def _find_codec(type_: Any) -> _Codec | None:
    """The codec of a field's type; None where the column holds the value itself."""
    if type_ in {int, str}:
        return None
    if type_ is bool:
        return _Codec(bool, bool)
    if type_ is datetime:
        return _Codec(from_microseconds, to_microseconds)
    if type_ is Priority:
        return _Codec(tuple(Priority).__getitem__, attrgetter("rank"))
    if isinstance(type_, type) and issubclass(type_, StrEnum):
        # A dictionary finds a member in a fifth of the time that its class needs.
        return _Codec({it.value: it for it in type_}.__getitem__, attrgetter("value"))
    return _Codec(msgspec.json.Decoder(type_).decode, _encode_json)


def _encode_json(value: Any) -> str:
    return _JSON.encode(value).decode()


_JSON: Final = msgspec.json.Encoder()


def _strip_none(type_: Any) -> Any:
    """The type of a value that is not null."""
    if not _is_optional(type_):
        return type_
    return next(it for it in get_args(type_) if it is not NoneType)


def _is_optional(type_: Any) -> bool:
    return NoneType in get_args(type_)


_TYPES: Final = get_type_hints(Ticket)
_CODECS: Final = {name: _find_codec(_strip_none(type_)) for name, type_ in _TYPES.items()}
_DERIVED_VALUES: Final[Mapping[str, Callable[[Ticket], Any]]] = {
    "returned_by": lambda it: it.routing.returned_by if it.routing else None,
    "sla_due": lambda it: (it.sla.due if it.sla else None) or NO_DUE_INSTANT,
    "waits_for": encode_waiting_group,
}
DERIVED_COLUMNS: Final = [getattr(TicketModel, name) for name in _DERIVED_VALUES]
"""Columns that lists filter and sort by, computed from the ticket at each write."""


def _decoding_expression(index: int, field: str) -> str:
    """Returns the expression of a field's value in the tuple `row`; null is the default."""
    value = f"row[{index}]"
    decoded = f"decode_{field}({value})" if _CODECS[field] else value
    if not COLUMNS[index].null:
        return decoded
    default = None if _is_optional(_TYPES[field]) else _DEFAULTS[field]
    return f"{default!r} if {value} is None else {decoded}"


_DEFAULTS: Final = {it.name: it.default for it in msgspec.structs.fields(Ticket)}
ticket_from_row: Final[Callable[[Row], Ticket]] = generate_constructor(
    Ticket,
    ("row",),
    {
        name: _decoding_expression(index, name)
        for index, name in enumerate(Ticket.__struct_fields__)
    },
    {f"decode_{name}": codec.decode for name, codec in _CODECS.items() if codec},
)
"""Makes a ticket from a row of `COLUMNS`; what follows them is ignored."""


def _encoding_expression(name: str) -> str:
    """Returns the expression of a column's value, for the ticket `it`; the default None is null."""
    if name in _DERIVED_VALUES:
        return f"encode_{name}(it)"
    value = f"it.{name}"
    if not _CODECS[name]:
        return value
    encoded = f"encode_{name}({value})"
    return f"None if {value} is None else {encoded}" if _is_optional(_TYPES[name]) else encoded


_ENCODERS: Final = {
    f"encode_{name}": encode
    for name, encode in (
        *((name, codec.encode) for name, codec in _CODECS.items() if codec),
        *_DERIVED_VALUES.items(),
    )
}


def generate_encoder(names: Sequence[str], *others: str) -> Callable[..., tuple[Any, ...]]:
    """Returns a function of a ticket that makes a row of these columns, in their order.

    `others` are columns whose values are its further arguments.
    """
    expressions = [name if name in others else _encoding_expression(name) for name in names]
    return generate_row_constructor(("it", *others), expressions, _ENCODERS)
