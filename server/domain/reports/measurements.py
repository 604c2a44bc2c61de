"""The measurements of a range: the rows of each kind, and the course of the backlog."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from server.domain.reports.column_arrays import EMPTY_COLUMNS, ColumnArrays, Ints, join_columns
from server.domain.reports.interval_kinds import IntervalKind
from server.domain.reports.periods import Period


class Backlog(NamedTuple):
    """The number of unresolved tickets, which changes at each `up` and `down`.

    `ups` and `downs` are in order. The others are the same at the range's end, by group; a group
    of none is left out.
    """

    first: int
    ups: Ints
    downs: Ints
    by_agent: Mapping[int, int]
    by_category: Mapping[str, int]
    by_priority: Mapping[int, int]

    def count_at(self, instant: int) -> int:
        """Returns the backlog just before an instant, since a range excludes its end."""
        up, down = np.searchsorted(self.ups, instant), np.searchsorted(self.downs, instant)
        return self.first + int(up) - int(down)


class Measurements(NamedTuple):
    """The data of the figures of a range; all rows are inside the range."""

    period: Period
    rows: Mapping[IntervalKind, ColumnArrays]
    categories: Sequence[str]
    backlog: Backlog

    def select_kinds(self, kinds: Sequence[IntervalKind]) -> ColumnArrays:
        """Returns the rows of some kinds, kind after kind."""
        return join_columns(self.rows.get(kind, EMPTY_COLUMNS) for kind in kinds)
