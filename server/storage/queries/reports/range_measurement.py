"""Measures a range of time from daily rollups, and from rows where there are none."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from server.domain.reports.backlog_growth import BacklogGrowth, sum_growth
from server.domain.reports.column_arrays import ColumnArrays, Ints, join_columns
from server.domain.reports.interval_kinds import IntervalKind
from server.domain.reports.measurements import Backlog, Measurements
from server.domain.reports.periods import Period
from server.domain.reports.rollup import Rollup, decode_rollup
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.reports import daily_rollups
from server.storage.queries.reports.daily_rollups import DAY
from server.storage.queries.reports.rollup_computation import read_backlog_growth, roll_up_range

_NEVER: Final = -(2**62)


def measure_range(reading: ReadTransaction, org_id: int, period: Period) -> Measurements:
    """Returns what was measured in [start, end), exactly."""
    first = period.start // DAY
    before = _growth_before(reading, org_id, first)
    rollups = list(_read_rollups(reading, org_id, first, period.end))
    grown = sum_growth([before, *(rollup.net for rollup in rollups)])
    categories, rows = _merge_rollups(rollups, grown.category)
    return Measurements(
        period,
        {kind: _rows_in_period(columns, period) for kind, columns in rows.items()},
        categories,
        Backlog(
            before.total,
            np.concatenate([_NONE, *(rollup.ups for rollup in rollups)]),
            np.concatenate([_NONE, *(rollup.downs for rollup in rollups)]),
            grown.agent,
            grown.category,
            grown.priority,
        ),
    )


_NONE: Final[Ints] = np.zeros(0, dtype=np.int64)


def _growth_before(reading: ReadTransaction, org_id: int, day: int) -> BacklogGrowth:
    """Returns the backlog at the beginning of a day, grown from nothing."""
    known = daily_rollups.list_nets(reading, org_id, day)
    nets = [net for _, net in known if net is not None]
    changed = [(at * DAY, (at + 1) * DAY) for at, net in known if net is None]
    last_day = daily_rollups.read_last_rolled_up_day(reading, org_id)
    begin = _NEVER if last_day is None else (last_day + 1) * DAY
    gaps = [*changed, (begin, day * DAY)] if begin < day * DAY else changed
    return sum_growth([*nets, *(read_backlog_growth(reading, org_id, *gap) for gap in gaps)])


def _read_rollups(reading: ReadTransaction, org_id: int, first: int, end: int) -> Iterator[Rollup]:
    """Yields rollups from the first day's beginning to the very end, in order."""
    last_day = daily_rollups.read_last_rolled_up_day(reading, org_id)
    whole = min(end // DAY, first if last_day is None else max(last_day + 1, first))
    changed: list[int] = []
    for day, net, body in daily_rollups.list_daily_rollups(reading, org_id, first, whole):
        if body is not None and not changed:
            yield decode_rollup(bytes(body), daily_rollups.decode_net(net))
        elif body is not None:
            yield from _roll_up_changed_days(reading, org_id, changed)
            changed = []
            yield decode_rollup(bytes(body), daily_rollups.decode_net(net))
        else:
            changed.append(day)
    yield from _roll_up_changed_days(reading, org_id, changed)
    if whole * DAY < end:
        yield roll_up_range(reading, org_id, whole * DAY, end)


def _roll_up_changed_days(
    reading: ReadTransaction, org_id: int, changed: list[int]
) -> Iterator[Rollup]:
    """Yields neighboring days that have changed since they were rolled up, as one rollup."""
    if changed:
        # Between two of them there are only empty days: rollups of them would end the run.
        yield roll_up_range(reading, org_id, changed[0] * DAY, (changed[-1] + 1) * DAY)


def _merge_rollups(
    rollups: Iterable[Rollup], more: Iterable[str]
) -> tuple[list[str], dict[IntervalKind, ColumnArrays]]:
    """Returns all rows in one list, with their categories as indexes."""
    places: dict[str, int] = {}
    parts: dict[IntervalKind, list[ColumnArrays]] = {}
    for rollup in rollups:
        own = [places.setdefault(name, len(places)) for name in rollup.categories]
        moved = own != list(range(len(own)))
        for kind, columns in rollup.rows.items():
            known = columns._replace(category=np.array(own)[columns.category]) if moved else columns
            parts.setdefault(kind, []).append(known)
    for name in more:
        places.setdefault(name, len(places))
    return list(places), {kind: join_columns(several) for kind, several in parts.items()}


def _rows_in_period(columns: ColumnArrays, period: Period) -> ColumnArrays:
    """Returns the rows in the range; only those of the first day can lie before it."""
    chosen = columns.at >= period.start
    return columns if chosen.all() else columns.select_rows(chosen)
