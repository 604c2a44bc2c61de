"""Listing: the rows behind a figure, in order, page by page."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from server.domain.reports.column_arrays import EMPTY, Columns, Flags, Ints, joined
from server.domain.reports.interval_kinds import KEPT, METRICS, Kind
from server.domain.reports.measurements import Measured

DISTINCT: Final = "tickets_resolved"


class Listed(NamedTuple):
    """Rows of several kinds, with the kind of each."""

    rows: Columns
    kind: Ints

    def where(self, chosen: Flags | Ints) -> "Listed":
        return Listed(Columns(*(column[chosen] for column in self.rows)), self.kind[chosen])


class Place(NamedTuple):
    """Where a page ended: the last row's value, time, number and kind, and how many such rows."""

    value: int
    at: int
    number: int
    kind: int
    same: int


def behind(measured: Measured, metric: str) -> Listed:
    """Every row that the figure counts."""
    parts = [(kind, measured.rows.get(kind, EMPTY)) for kind in METRICS[metric]]
    rows = [_told(kind, columns) for kind, columns in parts]
    kinds = [np.full(columns.size, kind.value) for kind, columns in parts if columns.size]
    return Listed(joined(rows), np.concatenate(kinds) if kinds else EMPTY.at)


def distinct(listed: Listed) -> Listed:
    """Of each ticket the first row alone."""
    ordered = listed.where(np.lexsort((listed.rows.at, listed.rows.number)))
    _, first = np.unique(ordered.rows.number, return_index=True)
    return ordered.where(first)


def page(
    listed: Listed, *, by_value: bool, descending: bool, after: Place | None, limit: int
) -> tuple[Listed, Place | None]:
    """A page of the rows, and where it ended; None where there is nothing after it."""
    keys = _keys(listed, by_value=by_value)
    order = np.lexsort(keys[::-1])
    if descending:
        order = order[::-1]
    start = 0 if after is None else _passed(keys, after, descending=descending)
    part = listed.where(order[start : start + limit])
    if start + limit >= len(order):
        return part, None
    return part, _last(part, by_value=by_value, before=after)


def _told(kind: Kind, columns: Columns) -> Columns:
    """Promises are told by whether they were kept."""
    if kind in KEPT:
        return columns._replace(value=np.ones(columns.size, dtype=np.int64))
    return columns


def _keys(listed: Listed, *, by_value: bool) -> tuple[Ints, Ints, Ints, Ints]:
    rows = listed.rows
    first = rows.value if by_value else np.zeros(rows.size, dtype=np.int64)
    return first, rows.at, rows.number, listed.kind


def _passed(keys: Sequence[Ints], after: Place, *, descending: bool) -> int:
    """How many rows stand before those that come next."""
    past = np.zeros(len(keys[0]), dtype=np.bool_)
    same = np.ones(len(keys[0]), dtype=np.bool_)
    for key, value in zip(keys, after[:-1], strict=True):
        past |= same & (key > value if descending else key < value)
        same &= key == value
    return int(past.sum()) + after.same


def _last(part: Listed, *, by_value: bool, before: Place | None) -> Place:
    keys = list(zip(*(key.tolist() for key in _keys(part, by_value=by_value)), strict=True))
    value, at, number, kind = last = keys[-1]
    same = keys.count(last)
    if before is not None and same == len(keys) and before[:-1] == last:
        same += before.same
    return Place(value, at, number, kind, same)
