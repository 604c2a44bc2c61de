"""A stretch of time: its rows by kind, and what it did to the backlog; and its packed form."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from server.domain.reports.column_arrays import Columns, Ints, ints, of_rows
from server.domain.reports.interval_kinds import COUNTED, INTO_BACKLOG, OUT_OF_BACKLOG, Kind


class Net(Struct, frozen=True):
    """By how many tickets the backlog grew, in all and by group; what stayed is left out."""

    total: int = 0
    agent: dict[int, int] = {}
    category: dict[str, int] = {}
    priority: dict[int, int] = {}


class Created(NamedTuple):
    """A ticket as it was filed; `counts` is false for spam and the like: it was no backlog."""

    number: int
    at: int
    category: str
    priority: int
    counts: bool


class Row(NamedTuple):
    """A row of reports as it is read; `agent` 0 is nobody."""

    kind: int
    at: int
    number: int
    agent: int
    category: str
    priority: int
    value: int
    business: int


class Stretch(NamedTuple):
    """Rows' categories are places in `categories`; `ups` and `downs` are in order."""

    categories: list[str]
    rows: Mapping[Kind, Columns]
    ups: Ints
    downs: Ints
    net: Net

    @property
    def is_empty(self) -> bool:
        """Nothing happened: no ticket went from one category or priority to another either."""
        return not self.rows and not len(self.ups) and not len(self.downs) and self.net == Net()


def built(rows: Sequence[Sequence[Any]], created: Iterable[Created]) -> Stretch:
    """The stretch of `Row`s and of the tickets filed in it."""
    places: dict[str, int] = {}
    lists: dict[int, list[tuple[int, ...]]] = {}
    moves: Counter[tuple[int, str, int]] = Counter()
    ups, downs = [], []
    for it in created:
        place = places.setdefault(it.category, len(places))
        lists.setdefault(Kind.CREATED, []).append((it.at, it.number, 0, place, it.priority, 0, 0))
        if it.counts:
            moves[0, it.category, it.priority] += 1
            ups.append(it.at)
    for kind, at, number, agent, category, priority, value, business in rows:
        if kind in _COUNTED:
            place = places.setdefault(category, len(places))
            lists.setdefault(kind, []).append((at, number, agent, place, priority, value, business))
        elif kind in _SIGNS:
            moves[agent, category, priority] += _SIGNS[kind]
            if kind == Kind.ENTERED:
                ups.append(at)
            elif kind == Kind.LEFT:
                downs.append(at)
    columns = {Kind(kind): of_rows(of_kind) for kind, of_kind in lists.items()}
    return Stretch(list(places), columns, ints(sorted(ups)), ints(sorted(downs)), net_of(moves))


def net_of(moves: Mapping[tuple[int, str, int], int]) -> Net:
    """The backlog's growth from that by agent, category and priority together."""
    agent: Counter[int] = Counter()
    category: Counter[str] = Counter()
    priority: Counter[int] = Counter()
    for (whose, what, rank), n in moves.items():
        agent[whose] += n
        category[what] += n
        priority[rank] += n
    return Net(sum(agent.values()), _left(agent), _left(category), _left(priority))


def sum_of(nets: Iterable[Net]) -> Net:
    """The backlog's growth over several stretches."""
    total, agent, category, priority = 0, Counter[int](), Counter[str](), Counter[int]()
    for net in nets:
        total += net.total
        for sums, growth in (
            (agent, net.agent),
            (category, net.category),
            (priority, net.priority),
        ):
            for key, n in growth.items():
                sums[key] += n  # type: ignore[index]
    return Net(total, _left(agent), _left(category), _left(priority))


def _left(counter: Counter[Any]) -> dict[Any, int]:
    return {key: n for key, n in counter.items() if n}


_COUNTED: Final = frozenset(COUNTED)
_SIGNS: Final = dict.fromkeys(INTO_BACKLOG, 1) | dict.fromkeys(OUT_OF_BACKLOG, -1)

_TYPES: Final = ("<i8", "<i4", "<i4", "<i2", "<i1", "<i8", "<i8")
"""How each column is packed."""


class _Packed(Struct, frozen=True, array_like=True):
    categories: list[str]
    rows: dict[int, tuple[memoryview, ...]]
    ups: memoryview
    downs: memoryview


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(_Packed).decode


def packed(stretch: Stretch) -> bytes:
    """A stretch without its net as bytes."""
    rows = {int(kind): _columns_packed(columns) for kind, columns in stretch.rows.items()}
    return _ENCODE(
        _Packed(stretch.categories, rows, _bytes(stretch.ups, "<i8"), _bytes(stretch.downs, "<i8"))
    )


def unpacked(body: bytes, net: Net) -> Stretch:
    """The stretch again. Its arrays are the bytes themselves, and cannot be written to."""
    it = _DECODE(body)
    rows = {Kind(kind): _columns_unpacked(columns) for kind, columns in it.rows.items()}
    return Stretch(it.categories, rows, _array(it.ups, "<i8"), _array(it.downs, "<i8"), net)


def _columns_packed(columns: Columns) -> tuple[memoryview, ...]:
    """What is the same in business time is packed once."""
    same = np.array_equal(columns.value, columns.business)
    parts = [_bytes(column, type_) for column, type_ in zip(columns, _TYPES, strict=True)]
    return tuple(parts[:-1]) if same else tuple(parts)


def _columns_unpacked(parts: tuple[memoryview, ...]) -> Columns:
    arrays = [_array(part, type_) for part, type_ in zip(parts, _TYPES, strict=False)]
    if len(arrays) < len(_TYPES):
        arrays.append(arrays[-1])
    return Columns._make(arrays)


def _bytes(values: Ints, type_: Any) -> memoryview:
    return memoryview(values.astype(type_).tobytes())


def _array(part: memoryview, type_: Any) -> Ints:
    found: Ints = np.frombuffer(part, dtype=type_)
    return found
