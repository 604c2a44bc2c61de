"""Lists the rows behind a figure, in order, page by page."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from server.domain.reports.column_arrays import (
    EMPTY_COLUMNS,
    ColumnArrays,
    Flags,
    Ints,
    join_columns,
)
from server.domain.reports.interval_kinds import KEPT_TARGETS, METRICS, IntervalKind
from server.domain.reports.measurements import Measurements

DISTINCT_METRIC: Final = "tickets_resolved"


class ListedRows(NamedTuple):
    """Rows of several kinds, with the kind of each."""

    rows: ColumnArrays
    kind: Ints

    def select_rows(self, chosen: Flags | Ints) -> "ListedRows":
        return ListedRows(
            ColumnArrays(*(column[chosen] for column in self.rows)), self.kind[chosen]
        )


class PagePosition(NamedTuple):
    """The end of a page: value, time, number and kind of its last row, and how many such rows."""

    value: int
    at: int
    number: int
    kind: int
    same: int


def find_rows(measured: Measurements, metric: str) -> ListedRows:
    """Returns every row that the figure counts."""
    parts = [(kind, measured.rows.get(kind, EMPTY_COLUMNS)) for kind in METRICS[metric]]
    rows = [_mark_kept(kind, columns) for kind, columns in parts]
    kinds = [np.full(columns.size, kind.value) for kind, columns in parts if columns.size]
    return ListedRows(join_columns(rows), np.concatenate(kinds) if kinds else EMPTY_COLUMNS.at)


def keep_first_rows(listed: ListedRows) -> ListedRows:
    """Returns only the first row of each ticket."""
    ordered = listed.select_rows(np.lexsort((listed.rows.at, listed.rows.number)))
    _, first = np.unique(ordered.rows.number, return_index=True)
    return ordered.select_rows(first)


def slice_listed_rows(
    listed: ListedRows, *, by_value: bool, descending: bool, after: PagePosition | None, limit: int
) -> tuple[ListedRows, PagePosition | None]:
    """Returns a page of the rows and its end; None as the end of the last page."""
    keys = _sort_keys(listed, by_value=by_value)
    order = np.lexsort(keys[::-1])
    if descending:
        order = order[::-1]
    start = 0 if after is None else _count_passed(keys, after, descending=descending)
    part = listed.select_rows(order[start : start + limit])
    if start + limit >= len(order):
        return part, None
    return part, _last_position(part, by_value=by_value, before=after)


def _mark_kept(kind: IntervalKind, columns: ColumnArrays) -> ColumnArrays:
    """The value of SLA rows is whether the target was met."""
    if kind in KEPT_TARGETS:
        return columns._replace(value=np.ones(columns.size, dtype=np.int64))
    return columns


def _sort_keys(listed: ListedRows, *, by_value: bool) -> tuple[Ints, Ints, Ints, Ints]:
    rows = listed.rows
    first = rows.value if by_value else np.zeros(rows.size, dtype=np.int64)
    return first, rows.at, rows.number, listed.kind


def _count_passed(keys: Sequence[Ints], after: PagePosition, *, descending: bool) -> int:
    """Returns the number of rows before the next page."""
    past = np.zeros(len(keys[0]), dtype=np.bool_)
    same = np.ones(len(keys[0]), dtype=np.bool_)
    for key, value in zip(keys, after[:-1], strict=True):
        past |= same & (key > value if descending else key < value)
        same &= key == value
    return int(past.sum()) + after.same


def _last_position(
    part: ListedRows, *, by_value: bool, before: PagePosition | None
) -> PagePosition:
    keys = list(zip(*(key.tolist() for key in _sort_keys(part, by_value=by_value)), strict=True))
    value, at, number, kind = last = keys[-1]
    same = keys.count(last)
    if before is not None and same == len(keys) and before[:-1] == last:
        same += before.same
    return PagePosition(value, at, number, kind, same)
