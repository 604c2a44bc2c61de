"""Measuring: what a range of time comes to, out of packed days and of rows where there are none."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from server.domain.reports.column_arrays import Columns, Ints, joined
from server.domain.reports.interval_kinds import Kind
from server.domain.reports.measurements import Backlog, Measured
from server.domain.reports.periods import Period
from server.domain.reports.rollup import Net, Stretch, sum_of, unpacked
from server.storage.engine.transaction import Reading
from server.storage.queries.reports import packed_days
from server.storage.queries.reports.packed_days import DAY, growth_of, stretch_of

_NEVER: Final = -(2**62)


def measure(reading: Reading, org_id: int, period: Period) -> Measured:
    """What was measured in [start, end), exactly."""
    first = period.start // DAY
    before = _growth_before(reading, org_id, first)
    stretches = list(_stretches(reading, org_id, first, period.end))
    grown = sum_of([before, *(stretch.net for stretch in stretches)])
    categories, rows = _united(stretches, grown.category)
    return Measured(
        period,
        {kind: _within(columns, period) for kind, columns in rows.items()},
        categories,
        Backlog(
            before.total,
            np.concatenate([_NONE, *(stretch.ups for stretch in stretches)]),
            np.concatenate([_NONE, *(stretch.downs for stretch in stretches)]),
            grown.agent,
            grown.category,
            grown.priority,
        ),
    )


_NONE: Final[Ints] = np.zeros(0, dtype=np.int64)


def _growth_before(reading: Reading, org_id: int, day: int) -> Net:
    """The backlog at the beginning of a day, as it has grown from nothing."""
    known = packed_days.nets(reading, org_id, day)
    nets = [net for _, net in known if net is not None]
    changed = [(at * DAY, (at + 1) * DAY) for at, net in known if net is None]
    sealed = packed_days.sealed_day(reading, org_id)
    begin = _NEVER if sealed is None else (sealed + 1) * DAY
    gaps = [*changed, (begin, day * DAY)] if begin < day * DAY else changed
    return sum_of([*nets, *(growth_of(reading, org_id, *gap) for gap in gaps)])


def _stretches(reading: Reading, org_id: int, first: int, end: int) -> Iterator[Stretch]:
    """From the first day's beginning to the very end, in order."""
    sealed = packed_days.sealed_day(reading, org_id)
    whole = min(end // DAY, first if sealed is None else max(sealed + 1, first))
    changed: list[int] = []
    for day, net, body in packed_days.bodies(reading, org_id, first, whole):
        if body is not None and not changed:
            yield unpacked(bytes(body), packed_days.read_net(net))
        elif body is not None:
            yield from _from_rows(reading, org_id, changed)
            changed = []
            yield unpacked(bytes(body), packed_days.read_net(net))
        else:
            changed.append(day)
    yield from _from_rows(reading, org_id, changed)
    if whole * DAY < end:
        yield stretch_of(reading, org_id, whole * DAY, end)


def _from_rows(reading: Reading, org_id: int, changed: list[int]) -> Iterator[Stretch]:
    """Neighbouring days that have changed since they were packed, as one."""
    if changed:
        # Packed days between two of them would have been read as such: only empty ones are.
        yield stretch_of(reading, org_id, changed[0] * DAY, (changed[-1] + 1) * DAY)


def _united(
    stretches: Iterable[Stretch], more: Iterable[str]
) -> tuple[list[str], dict[Kind, Columns]]:
    """All rows with their categories as places in one list."""
    places: dict[str, int] = {}
    parts: dict[Kind, list[Columns]] = {}
    for stretch in stretches:
        own = [places.setdefault(name, len(places)) for name in stretch.categories]
        moved = own != list(range(len(own)))
        for kind, columns in stretch.rows.items():
            known = columns._replace(category=np.array(own)[columns.category]) if moved else columns
            parts.setdefault(kind, []).append(known)
    for name in more:
        places.setdefault(name, len(places))
    return list(places), {kind: joined(several) for kind, several in parts.items()}


def _within(columns: Columns, period: Period) -> Columns:
    """Only the first day can have begun before the range."""
    chosen = columns.at >= period.start
    return columns if chosen.all() else columns.where(chosen)
