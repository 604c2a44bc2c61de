"""The rollup of a time span: its rows by kind and its effect on the backlog, also as bytes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from server.domain.reports.backlog_growth import BacklogGrowth, FiledTicket, compute_growth
from server.domain.reports.column_arrays import ColumnArrays, Ints, build_columns, make_ints
from server.domain.reports.interval_kinds import (
    INTO_BACKLOG,
    LISTED_KINDS,
    OUT_OF_BACKLOG,
    IntervalKind,
)


class IntervalRow(NamedTuple):
    """A report row from the database; `agent` 0 means nobody."""

    kind: int
    at: int
    number: int
    agent: int
    category: str
    priority: int
    value: int
    business: int


class Rollup(NamedTuple):
    """Categories of rows are indexes into `categories`; `ups` and `downs` are in order."""

    categories: list[str]
    rows: Mapping[IntervalKind, ColumnArrays]
    ups: Ints
    downs: Ints
    net: BacklogGrowth

    @property
    def is_empty(self) -> bool:
        """True if nothing happened, including changes of category or priority."""
        return (
            not self.rows
            and not len(self.ups)
            and not len(self.downs)
            and self.net == BacklogGrowth()
        )


def compute_rollup(rows: Sequence[Sequence[Any]], created: Iterable[FiledTicket]) -> Rollup:
    """Returns the rollup of rows and of the tickets created in the span."""
    places: dict[str, int] = {}
    lists: dict[int, list[tuple[int, ...]]] = {}
    moves: Counter[tuple[int, str, int]] = Counter()
    ups, downs = [], []
    for it in created:
        place = places.setdefault(it.category, len(places))
        lists.setdefault(IntervalKind.CREATED, []).append(
            (it.at, it.number, 0, place, it.priority, 0, 0)
        )
        if it.counts:
            moves[0, it.category, it.priority] += 1
            ups.append(it.at)
    for kind, at, number, agent, category, priority, value, business in rows:
        if kind in _LISTED_KINDS:
            place = places.setdefault(category, len(places))
            lists.setdefault(kind, []).append((at, number, agent, place, priority, value, business))
        elif kind in _BACKLOG_SIGNS:
            moves[agent, category, priority] += _BACKLOG_SIGNS[kind]
            if kind == IntervalKind.ENTERED:
                ups.append(at)
            elif kind == IntervalKind.LEFT:
                downs.append(at)
    columns = {IntervalKind(kind): build_columns(of_kind) for kind, of_kind in lists.items()}
    return Rollup(
        list(places),
        columns,
        make_ints(sorted(ups)),
        make_ints(sorted(downs)),
        compute_growth(moves),
    )


_LISTED_KINDS: Final = frozenset(LISTED_KINDS)
_BACKLOG_SIGNS: Final = dict.fromkeys(INTO_BACKLOG, 1) | dict.fromkeys(OUT_OF_BACKLOG, -1)

_COLUMN_TYPES: Final = ("<i8", "<i4", "<i4", "<i2", "<i1", "<i8", "<i8")
"""The encoded type of each column."""


class _EncodedRollup(Struct, frozen=True, array_like=True):
    categories: list[str]
    rows: dict[int, tuple[memoryview, ...]]
    ups: memoryview
    downs: memoryview


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(_EncodedRollup).decode


def encode_rollup(rollup: Rollup) -> bytes:
    """Returns a rollup as bytes, without its net effect."""
    rows = {int(kind): _encode_columns(columns) for kind, columns in rollup.rows.items()}
    return _ENCODE(
        _EncodedRollup(
            rollup.categories,
            rows,
            _encode_array(rollup.ups, "<i8"),
            _encode_array(rollup.downs, "<i8"),
        )
    )


def decode_rollup(body: bytes, net: BacklogGrowth) -> Rollup:
    """Returns the rollup of these bytes. Its arrays are read-only views of the bytes."""
    it = _DECODE(body)
    rows = {IntervalKind(kind): _decode_columns(columns) for kind, columns in it.rows.items()}
    return Rollup(
        it.categories, rows, _decode_array(it.ups, "<i8"), _decode_array(it.downs, "<i8"), net
    )


def _encode_columns(columns: ColumnArrays) -> tuple[memoryview, ...]:
    """Durations that are equal in business time are encoded once."""
    same = np.array_equal(columns.value, columns.business)
    parts = [
        _encode_array(column, type_) for column, type_ in zip(columns, _COLUMN_TYPES, strict=True)
    ]
    return tuple(parts[:-1]) if same else tuple(parts)


def _decode_columns(parts: tuple[memoryview, ...]) -> ColumnArrays:
    arrays = [_decode_array(part, type_) for part, type_ in zip(parts, _COLUMN_TYPES, strict=False)]
    if len(arrays) < len(_COLUMN_TYPES):
        arrays.append(arrays[-1])
    return ColumnArrays._make(arrays)


def _encode_array(values: Ints, type_: Any) -> memoryview:
    return memoryview(values.astype(type_).tobytes())


def _decode_array(part: memoryview, type_: Any) -> Ints:
    found: Ints = np.frombuffer(part, dtype=type_)
    return found
