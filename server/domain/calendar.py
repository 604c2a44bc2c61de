"""Business time: how much of it lies between two instants, and when so much will have passed.

It is open whenever a clock on the wall shows a time inside one of the day's spans. That is worked
out over instants of UTC: the day that jumps has 23 hours of which none is counted that was never
shown, and the one that falls back has 25. `elapsed` and `due` read one table, so that
`elapsed(s, due(s, t)) == t`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from common.organization import ALWAYS_OPEN, BusinessHours, Spans
from server.domain.timestamps import from_microseconds, parse_time_of_day, to_microseconds

MINUTE: Final = 60_000_000
DAY: Final = 24 * 60 * MINUTE
_SHIFT: Final = 45
"""A block is 2**45 microseconds, some 407 days: which one an instant lies in is one shift."""
_HORIZON: Final = 30
"""Blocks (33 years) to look ahead. What is due later still is never due."""
_FIRST: Final = to_microseconds(datetime(2, 1, 1, tzinfo=UTC))
_LAST: Final = to_microseconds(datetime(9998, 1, 1, tzinfo=UTC))
_LAST_INSTANT: Final = to_microseconds(datetime.max.replace(tzinfo=UTC))
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY: Final = date(1970, 1, 1).weekday()

DaySpans = tuple[tuple[int, int], ...]
"""A day's spans in microseconds after midnight."""


class _Block(NamedTuple):
    """Open stretches in order, as instants, and the time open until each of them has ended."""

    opens: list[int]
    closes: list[int]
    sums: list[int]

    @property
    def total_open(self) -> int:
        return self.sums[-1] if self.sums else 0

    def open_until(self, at: int) -> int:
        """Time open from the block's beginning to an instant."""
        n = bisect_right(self.opens, at) - 1
        return self.sums[n] - max(self.closes[n] - at, 0) if n >= 0 else 0

    def instant_after(self, spent: int) -> int:
        """The first instant until which so much was open; more than none, at most the whole."""
        n = bisect_left(self.sums, spent)
        return self.closes[n] - (self.sums[n] - spent)


class Calendar:
    """Business hours in a zone. Tables are made when first asked for, some 400 days at a time."""

    def __init__(self, zone: str, hours: BusinessHours, holidays: tuple[str, ...]) -> None:
        self._zone = ZoneInfo(zone)
        self._week = [_parse_spans(getattr(hours, day)) for day in hours.__struct_fields__]
        self._holidays = frozenset(
            date.fromisoformat(day).toordinal() - _EPOCH_DAY for day in holidays
        )
        self._is_always = hours == ALWAYS_OPEN and not holidays
        self._blocks: dict[int, _Block] = {}

    def measure_business_time(self, start: datetime, end: datetime) -> int:
        """Business microseconds from one aware instant to a later one; never negative."""
        return self.measure_microseconds(to_microseconds(start), to_microseconds(end))

    def add_business_time(self, start: datetime, amount: int) -> datetime | None:
        """The first instant by which `amount` business microseconds have passed since `start`.

        None for what would take more than 33 years: so a calendar that never opens has no dues.
        """
        at = self.add_microseconds(to_microseconds(start), amount)
        return None if at is None or at > _LAST_INSTANT else from_microseconds(at)

    def measure_microseconds(self, start: int, end: int) -> int:
        """`elapsed` for instants in microseconds since 1970."""
        if end <= start:
            return 0
        if self._is_always:
            return end - start
        first, last = start >> _SHIFT, end >> _SHIFT
        whole = sum(self._get_block(n).total_open for n in range(first, last))
        return (
            whole + self._get_block(last).open_until(end) - self._get_block(first).open_until(start)
        )

    def add_microseconds(self, start: int, amount: int) -> int | None:
        """`due` for an instant in microseconds since 1970."""
        if self._is_always or amount <= 0:
            return start + max(amount, 0)
        first = start >> _SHIFT
        left = amount + self._get_block(first).open_until(start)
        for n in range(first, first + _HORIZON):
            block = self._get_block(n)
            if left <= block.total_open:
                return block.instant_after(left)
            left -= block.total_open
        return None

    def _get_block(self, n: int) -> _Block:
        block = self._blocks.get(n)
        if block is None:
            # Two threads may make the same one: it is the same.
            block = self._blocks[n] = self._build_block(n << _SHIFT, (n + 1) << _SHIFT)
        return block

    def _build_block(self, begin: int, end: int) -> _Block:
        block = _Block([], [], [])
        whole = 0
        for opens, closes in self._iterate_open_spans(begin, end):
            whole += closes - opens
            if block.closes and block.closes[-1] == opens:
                block.closes[-1], block.sums[-1] = closes, whole
            else:
                block.opens.append(opens)
                block.closes.append(closes)
                block.sums.append(whole)
        return block

    def _iterate_open_spans(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """Open stretches between two instants, in order; one may begin where another ends."""
        for since, until, offset in self._iterate_offsets(begin, end):
            for day in range((since + offset) // DAY, (until + offset - 1) // DAY + 1):
                midnight = day * DAY - offset
                for opens, closes in self._day_spans(day):
                    first, last = max(midnight + opens, since), min(midnight + closes, until)
                    if first < last:
                        yield first, last

    def _day_spans(self, day: int) -> DaySpans:
        return () if day in self._holidays else self._week[(day + _EPOCH_WEEKDAY) % 7]

    def _iterate_offsets(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Stretches of one offset from UTC: (since, until, offset)."""
        since, offset = begin, self._utc_offset(begin)
        for day in range(begin, end, DAY):
            last = min(day + DAY, end) - 1
            while self._utc_offset(last) != offset:
                change = self._find_offset_change(max(since, day), last, offset)
                yield since, change, offset
                since, offset = change, self._utc_offset(change)
        yield since, end, offset

    def _find_offset_change(self, before: int, after: int, offset: int) -> int:
        """The instant at which the offset begins to differ: halving finds it."""
        while after - before > 1:
            middle = (before + after) // 2
            if self._utc_offset(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _utc_offset(self, at: int) -> int:
        local = from_microseconds(min(max(at, _FIRST), _LAST)).astimezone(self._zone)
        return (local.utcoffset() or timedelta()) // timedelta(microseconds=1)


@lru_cache(maxsize=1024)
def get_calendar(zone: str, hours: BusinessHours, holidays: tuple[str, ...]) -> Calendar:
    """The calendar of such settings, with the tables that it has made already."""
    return Calendar(zone, hours, holidays)


def _parse_spans(spans: Spans) -> DaySpans:
    return tuple(
        (parse_time_of_day(start) * MINUTE, parse_time_of_day(end) * MINUTE) for start, end in spans
    )
