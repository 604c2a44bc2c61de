"""Computes the figures of a range and of its groups from the measurements."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from server.domain.reports import distribution
from server.domain.reports.column_arrays import ColumnArrays, Ints
from server.domain.reports.distribution import EMPTY_DISTRIBUTION, Distribution
from server.domain.reports.interval_kinds import BROKEN_TARGETS, KEPT_TARGETS, METRICS, IntervalKind
from server.domain.reports.measurements import Measurements

_SATISFIED_SCORE: Final = 4


class DurationFigures(NamedTuple):
    """A distribution in calendar time, and one in business time."""

    calendar: Distribution = EMPTY_DISTRIBUTION
    business: Distribution = EMPTY_DISTRIBUTION


class Satisfaction(NamedTuple):
    """`score` is the percentage of fours and fives."""

    n: int = 0
    score: float | None = None
    mean: float | None = None


class AttainmentFigures(NamedTuple):
    """`attained` is the percentage of targets met."""

    n: int = 0
    attained: float | None = None


class RangeFigures(NamedTuple):
    """The figures of docs/reports.md; None where a figure has no meaning in a group."""

    tickets_created: int | None
    tickets_resolved: int
    resolution_events: int
    reopened: int
    backlog: int
    unanswered: int
    response_time: DurationFigures
    first_response_time: DurationFigures
    first_resolution_time: DurationFigures
    resolution_time: DurationFigures
    csat: Satisfaction
    sla: AttainmentFigures


class GroupedRows(NamedTuple):
    """The rows of one metric by group, as indexes."""

    order: Ints
    bounds: Ints

    def split_column(self, column: Ints) -> list[Ints]:
        sorted_ = column[self.order]
        pairs = zip(self.bounds[:-1], self.bounds[1:], strict=True)
        return [sorted_[low:high] for low, high in pairs]


GroupCoding = Callable[[ColumnArrays], Ints]
"""The group of each row, from 0; -1 for a row without a group."""


def summarize_range(measured: Measurements) -> RangeFigures:
    """Returns the figures of the whole range."""
    return summarize_groups(
        measured, _single_group, [measured.backlog.count_at(measured.period.end)]
    )[0]


def summarize_agent(measured: Measurements, agent_id: int) -> RangeFigures:
    """Returns the figures credited to one agent."""
    rows = {
        kind: columns.select_rows(columns.agent == agent_id)
        for kind, columns in measured.rows.items()
    }
    backlog = measured.backlog.by_agent.get(agent_id, 0)
    return summarize_groups(measured._replace(rows=rows), _single_group, [backlog], created=False)[
        0
    ]


def summarize_groups(
    measured: Measurements, coding: GroupCoding, backlogs: Sequence[int], *, created: bool = True
) -> list[RangeFigures]:
    """Returns the figures of each group; there are as many as backlogs."""
    size = len(backlogs)
    made = _GroupedFigures(measured, coding, size)
    counted = made.count_rows("tickets_created") if created else [None] * size
    return [
        RangeFigures(*each)
        for each in zip(
            counted,
            made.count_tickets("tickets_resolved"),
            made.count_rows("resolution_events"),
            made.count_rows("reopened"),
            backlogs,
            made.count_rows("unanswered"),
            made.measure_times("response_time"),
            made.measure_times("first_response_time"),
            made.measure_times("first_resolution_time"),
            made.measure_times("resolution_time"),
            made.measure_satisfaction(),
            made.measure_attainment(),
            strict=True,
        )
    ]


def _single_group(rows: ColumnArrays) -> Ints:
    return np.zeros(rows.size, dtype=np.int64)


class _GroupedFigures:
    """Splits the rows of each metric into groups, once."""

    def __init__(self, measured: Measurements, coding: GroupCoding, size: int) -> None:
        self._measured = measured
        self._coding = coding
        self._size = size
        self._parted: dict[tuple[IntervalKind, ...], tuple[ColumnArrays, GroupedRows]] = {}

    def count_rows(self, metric: str) -> list[int]:
        return self._count_kinds(METRICS[metric])

    def count_tickets(self, metric: str) -> list[int]:
        rows, part = self._group_rows(METRICS[metric])
        return [len(np.unique(numbers)) for numbers in part.split_column(rows.number)]

    def measure_times(self, metric: str) -> list[DurationFigures]:
        rows, part = self._group_rows(METRICS[metric])
        calendar = [
            distribution.compute_distribution(values) for values in part.split_column(rows.value)
        ]
        if rows.value is rows.business or np.array_equal(rows.value, rows.business):
            business = calendar
        else:
            business = [
                distribution.compute_distribution(values)
                for values in part.split_column(rows.business)
            ]
        return [DurationFigures(*both) for both in zip(calendar, business, strict=True)]

    def measure_satisfaction(self) -> list[Satisfaction]:
        rows, part = self._group_rows(METRICS["csat"])
        return [_compute_satisfaction(scores) for scores in part.split_column(rows.value)]

    def measure_attainment(self) -> list[AttainmentFigures]:
        pairs = zip(self._count_kinds(KEPT_TARGETS), self._count_kinds(BROKEN_TARGETS), strict=True)
        return [_compute_attainment(kept, broken) for kept, broken in pairs]

    def _count_kinds(self, of: tuple[IntervalKind, ...]) -> list[int]:
        _, part = self._group_rows(of)
        counts: list[int] = np.diff(part.bounds).tolist()
        return counts

    def _group_rows(self, of: tuple[IntervalKind, ...]) -> tuple[ColumnArrays, GroupedRows]:
        known = self._parted.get(of)
        if known is None:
            rows = self._measured.select_kinds(of)
            known = self._parted[of] = rows, _group_codes(self._coding(rows), self._size)
        return known


def _group_codes(codes: Ints, size: int) -> GroupedRows:
    # Small integers are sorted by their digits, which is several times as fast.
    small = codes.astype(np.int16)
    order = np.argsort(small, kind="stable")
    bounds = np.searchsorted(small[order], np.arange(size + 1, dtype=np.int16))
    return GroupedRows(order, bounds)


def _compute_satisfaction(scores: Ints) -> Satisfaction:
    n = len(scores)
    if n == 0:
        return Satisfaction()
    satisfied = int(np.count_nonzero(scores >= _SATISFIED_SCORE))
    return Satisfaction(n, 100 * satisfied / n, int(scores.sum()) / n)


def _compute_attainment(kept: int, broken: int) -> AttainmentFigures:
    n = kept + broken
    return AttainmentFigures(n, 100 * kept / n) if n else AttainmentFigures()
