"""Figures: the summary of a range and of each of its groups, from what was measured in it."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from server.domain.reports import distribution
from server.domain.reports.column_arrays import Columns, Ints
from server.domain.reports.distribution import NOTHING, Distribution
from server.domain.reports.interval_kinds import BROKEN, KEPT, METRICS, Kind
from server.domain.reports.measurements import Measured

_SATISFIED: Final = 4


class Times(NamedTuple):
    """A duration twice: by the calendar, and of business time."""

    calendar: Distribution = NOTHING
    business: Distribution = NOTHING


class Satisfaction(NamedTuple):
    """`score` is the percentage of fours and fives."""

    n: int = 0
    score: float | None = None
    mean: float | None = None


class Attainment(NamedTuple):
    """`attained` is the percentage of targets kept."""

    n: int = 0
    attained: float | None = None


class Figures(NamedTuple):
    """What contract section 4 lists; None where a figure has no meaning in a group."""

    tickets_created: int | None
    tickets_resolved: int
    resolution_events: int
    reopened: int
    backlog: int
    unanswered: int
    response_time: Times
    first_response_time: Times
    first_resolution_time: Times
    resolution_time: Times
    csat: Satisfaction
    sla: Attainment


class Part(NamedTuple):
    """A group's rows of one metric at a time: the rows' places, group after group."""

    order: Ints
    bounds: Ints

    def of(self, column: Ints) -> list[Ints]:
        sorted_ = column[self.order]
        pairs = zip(self.bounds[:-1], self.bounds[1:], strict=True)
        return [sorted_[low:high] for low, high in pairs]


Coding = Callable[[Columns], Ints]
"""The number of each row's group, from 0; -1 for a row of none."""


def whole(measured: Measured) -> Figures:
    """The figures of the whole range."""
    return grouped(measured, _one, [measured.backlog.at(measured.period.end)])[0]


def own(measured: Measured, agent_id: int) -> Figures:
    """What one agent is credited with."""
    rows = {
        kind: columns.where(columns.agent == agent_id) for kind, columns in measured.rows.items()
    }
    backlog = measured.backlog.by_agent.get(agent_id, 0)
    return grouped(measured._replace(rows=rows), _one, [backlog], created=False)[0]


def grouped(
    measured: Measured, coding: Coding, backlogs: Sequence[int], *, created: bool = True
) -> list[Figures]:
    """The figures of each group; there are as many as backlogs."""
    size = len(backlogs)
    made = _Groups(measured, coding, size)
    counted = made.counts("tickets_created") if created else [None] * size
    return [
        Figures(*each)
        for each in zip(
            counted,
            made.distinct("tickets_resolved"),
            made.counts("resolution_events"),
            made.counts("reopened"),
            backlogs,
            made.counts("unanswered"),
            made.times("response_time"),
            made.times("first_response_time"),
            made.times("first_resolution_time"),
            made.times("resolution_time"),
            made.satisfaction(),
            made.attainment(),
            strict=True,
        )
    ]


def _one(rows: Columns) -> Ints:
    return np.zeros(rows.size, dtype=np.int64)


class _Groups:
    """Rows on their way into groups: each metric is parted once."""

    def __init__(self, measured: Measured, coding: Coding, size: int) -> None:
        self._measured = measured
        self._coding = coding
        self._size = size
        self._parted: dict[tuple[Kind, ...], tuple[Columns, Part]] = {}

    def counts(self, metric: str) -> list[int]:
        return self._counts(METRICS[metric])

    def distinct(self, metric: str) -> list[int]:
        rows, part = self._part(METRICS[metric])
        return [len(np.unique(numbers)) for numbers in part.of(rows.number)]

    def times(self, metric: str) -> list[Times]:
        rows, part = self._part(METRICS[metric])
        calendar = [distribution.of(values) for values in part.of(rows.value)]
        if rows.value is rows.business or np.array_equal(rows.value, rows.business):
            business = calendar
        else:
            business = [distribution.of(values) for values in part.of(rows.business)]
        return [Times(*both) for both in zip(calendar, business, strict=True)]

    def satisfaction(self) -> list[Satisfaction]:
        rows, part = self._part(METRICS["csat"])
        return [_satisfaction(scores) for scores in part.of(rows.value)]

    def attainment(self) -> list[Attainment]:
        pairs = zip(self._counts(KEPT), self._counts(BROKEN), strict=True)
        return [_attainment(kept, broken) for kept, broken in pairs]

    def _counts(self, of: tuple[Kind, ...]) -> list[int]:
        _, part = self._part(of)
        counts: list[int] = np.diff(part.bounds).tolist()
        return counts

    def _part(self, of: tuple[Kind, ...]) -> tuple[Columns, Part]:
        known = self._parted.get(of)
        if known is None:
            rows = self._measured.of(of)
            known = self._parted[of] = rows, _part(self._coding(rows), self._size)
        return known


def _part(codes: Ints, size: int) -> Part:
    # Small integers are sorted by their digits, which is several times as fast.
    small = codes.astype(np.int16)
    order = np.argsort(small, kind="stable")
    bounds = np.searchsorted(small[order], np.arange(size + 1, dtype=np.int16))
    return Part(order, bounds)


def _satisfaction(scores: Ints) -> Satisfaction:
    n = len(scores)
    if n == 0:
        return Satisfaction()
    satisfied = int(np.count_nonzero(scores >= _SATISFIED))
    return Satisfaction(n, 100 * satisfied / n, int(scores.sum()) / n)


def _attainment(kept: int, broken: int) -> Attainment:
    n = kept + broken
    return Attainment(n, 100 * kept / n) if n else Attainment()
