"""Groups: by whom, by what or by when figures are told apart, and which group a row is in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from server.domain.reports.column_arrays import NOBODY, Columns, Ints, ints
from server.domain.reports.figures import Coding
from server.domain.reports.interval_kinds import Kind
from server.domain.reports.measurements import Measured
from server.domain.reports.periods import Period

Key = int | str | None
"""An agent's id, a category, a priority, a period; None: nobody."""

UNITS: Final = frozenset({"day", "week", "month"})


class Grouping(NamedTuple):
    """The groups of a range, with the backlog of each at its end."""

    keys: Sequence[Key]
    coding: Coding
    backlogs: Sequence[int]


def of(measured: Measured, by: str, priorities: Sequence[str]) -> Grouping:
    """The agents, categories or priorities there are in what was measured; priorities by rank."""
    if by == "agent":
        return _by_agent(measured)
    if by == "category":
        return _by_category(measured)
    return _by_priority(measured, priorities)


def by_time(measured: Measured, parts: Mapping[str, Period]) -> Grouping:
    """The periods that a range is split into, each with the backlog at its end."""
    starts = ints(part.start for part in parts.values())

    def coding(rows: Columns) -> Ints:
        return np.searchsorted(starts, rows.at, side="right") - 1

    backlogs = [measured.backlog.at(part.end) for part in parts.values()]
    return Grouping(list(parts), coding, backlogs)


def _by_agent(measured: Measured) -> Grouping:
    backlog = measured.backlog.by_agent
    column, own = _lookup(measured, lambda rows: rows.agent, backlog, but=Kind.CREATED)
    keys = [None if agent == NOBODY else agent for agent in own]
    return Grouping(keys, column, [backlog.get(agent, 0) for agent in own])


def _by_category(measured: Measured) -> Grouping:
    names = measured.categories
    places = {name: place for place, name in enumerate(names)}
    backlog = {places[name]: n for name, n in measured.backlog.by_category.items()}
    column, own = _lookup(measured, lambda rows: rows.category, backlog)
    return Grouping([names[it] for it in own], column, [backlog.get(it, 0) for it in own])


def _by_priority(measured: Measured, priorities: Sequence[str]) -> Grouping:
    backlog = measured.backlog.by_priority
    column, own = _lookup(measured, lambda rows: rows.priority, backlog)
    return Grouping([priorities[it] for it in own], column, [backlog.get(it, 0) for it in own])


def _lookup(
    measured: Measured,
    column: Callable[[Columns], Ints],
    backlog: Iterable[int],
    but: Kind | None = None,
) -> tuple[Coding, list[int]]:
    """Which values a column has, and the coding that numbers them."""
    seen = [column(rows) for kind, rows in measured.rows.items() if kind is not but]
    found = np.unique(np.concatenate([ints(backlog), *(_distinct(each) for each in seen)]))

    def coding(rows: Columns) -> Ints:
        return np.searchsorted(found, column(rows))

    return coding, found.tolist()


def _distinct(values: Ints) -> Ints:
    """The values there are, in any order: small ones are looked up, not sorted."""
    if len(values) == 0:
        return values
    if values.min() < 0 or values.max() > _SMALL:
        return np.unique(values)
    return np.flatnonzero(np.bincount(values))


_SMALL: Final = 100_000
