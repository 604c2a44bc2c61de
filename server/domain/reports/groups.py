"""Splits figures into groups by agent, category, priority or period."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from server.domain.reports.column_arrays import NOBODY, ColumnArrays, Ints, make_ints
from server.domain.reports.figures import GroupCoding
from server.domain.reports.interval_kinds import IntervalKind
from server.domain.reports.measurements import Measurements
from server.domain.reports.periods import Period

GroupKey = int | str | None
"""The id of an agent, a category, a priority or a period; None: nobody."""

PERIOD_UNITS: Final = frozenset({"day", "week", "month"})


class Grouping(NamedTuple):
    """The groups of a range, with the backlog of each at its end."""

    keys: Sequence[GroupKey]
    coding: GroupCoding
    backlogs: Sequence[int]


def group_by_field(measured: Measurements, by: str, priorities: Sequence[str]) -> Grouping:
    """Returns the groups by agent, category or priority that occur in the measurements."""
    if by == "agent":
        return _group_by_agent(measured)
    if by == "category":
        return _group_by_category(measured)
    return _group_by_priority(measured, priorities)


def group_by_time(measured: Measurements, parts: Mapping[str, Period]) -> Grouping:
    """Returns the groups of the periods of a range, each with the backlog at its end."""
    starts = make_ints(part.start for part in parts.values())

    def coding(rows: ColumnArrays) -> Ints:
        return np.searchsorted(starts, rows.at, side="right") - 1

    backlogs = [measured.backlog.count_at(part.end) for part in parts.values()]
    return Grouping(list(parts), coding, backlogs)


def _group_by_agent(measured: Measurements) -> Grouping:
    backlog = measured.backlog.by_agent
    column, own = _build_lookup(
        measured, lambda rows: rows.agent, backlog, but=IntervalKind.CREATED
    )
    keys = [None if agent == NOBODY else agent for agent in own]
    return Grouping(keys, column, [backlog.get(agent, 0) for agent in own])


def _group_by_category(measured: Measurements) -> Grouping:
    names = measured.categories
    places = {name: place for place, name in enumerate(names)}
    backlog = {places[name]: n for name, n in measured.backlog.by_category.items()}
    column, own = _build_lookup(measured, lambda rows: rows.category, backlog)
    return Grouping([names[it] for it in own], column, [backlog.get(it, 0) for it in own])


def _group_by_priority(measured: Measurements, priorities: Sequence[str]) -> Grouping:
    backlog = measured.backlog.by_priority
    column, own = _build_lookup(measured, lambda rows: rows.priority, backlog)
    return Grouping([priorities[it] for it in own], column, [backlog.get(it, 0) for it in own])


def _build_lookup(
    measured: Measurements,
    column: Callable[[ColumnArrays], Ints],
    backlog: Iterable[int],
    but: IntervalKind | None = None,
) -> tuple[GroupCoding, list[int]]:
    """Returns the values of a column, and the codes of its rows."""
    seen = [column(rows) for kind, rows in measured.rows.items() if kind is not but]
    found = np.unique(
        np.concatenate([make_ints(backlog), *(_distinct_values(each) for each in seen)])
    )

    def coding(rows: ColumnArrays) -> Ints:
        return np.searchsorted(found, column(rows))

    return coding, found.tolist()


def _distinct_values(values: Ints) -> Ints:
    """Returns the distinct values, in any order, without sorting small ones."""
    if len(values) == 0:
        return values
    if values.min() < 0 or values.max() > _LARGEST_BINNED:
        return np.unique(values)
    return np.flatnonzero(np.bincount(values))


_LARGEST_BINNED: Final = 100_000
