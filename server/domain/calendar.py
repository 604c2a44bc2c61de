"""Measures and adds business time. See docs/domain.md, "Business time".

An organization is open while its local time is inside one of the day's spans. This is computed over
UTC, so days of a clock change have 23 or 25 hours. `measure_business_time` and `add_business_time`
use the same tables, so that `measure(s, add(s, t)) == t`.
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
"""A block is 2**45 microseconds, some 407 days, so that a shift gives the block of an instant."""
_HORIZON: Final = 30
"""Blocks to look ahead (33 years). What is due later is never due."""
_FIRST: Final = to_microseconds(datetime(2, 1, 1, tzinfo=UTC))
_LAST: Final = to_microseconds(datetime(9998, 1, 1, tzinfo=UTC))
_LAST_INSTANT: Final = to_microseconds(datetime.max.replace(tzinfo=UTC))
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY: Final = date(1970, 1, 1).weekday()

DaySpans = tuple[tuple[int, int], ...]
"""The spans of a day, in microseconds after midnight."""


class _Block(NamedTuple):
    """The open spans of a block, in order, and the open time up to the end of each."""

    opens: list[int]
    closes: list[int]
    sums: list[int]

    @property
    def total_open(self) -> int:
        return self.sums[-1] if self.sums else 0

    def open_until(self, at: int) -> int:
        """Returns the open time from the start of the block to an instant."""
        n = bisect_right(self.opens, at) - 1
        return self.sums[n] - max(self.closes[n] - at, 0) if n >= 0 else 0

    def instant_after(self, spent: int) -> int:
        """Returns the first instant by which `spent` was open; 0 < spent <= total_open."""
        n = bisect_left(self.sums, spent)
        return self.closes[n] - (self.sums[n] - spent)


class Calendar:
    """Business hours in a time zone. Tables are made on demand, some 400 days at a time."""

    def __init__(self, zone: str, hours: BusinessHours, holidays: tuple[str, ...]) -> None:
        self._zone = ZoneInfo(zone)
        self._week = [_parse_spans(getattr(hours, day)) for day in hours.__struct_fields__]
        self._holidays = frozenset(
            date.fromisoformat(day).toordinal() - _EPOCH_DAY for day in holidays
        )
        self._is_always = hours == ALWAYS_OPEN and not holidays
        self._blocks: dict[int, _Block] = {}

    def measure_business_time(self, start: datetime, end: datetime) -> int:
        """Returns the business microseconds between two aware datetimes; never negative."""
        return self.measure_microseconds(to_microseconds(start), to_microseconds(end))

    def add_business_time(self, start: datetime, amount: int) -> datetime | None:
        """Returns when `amount` business microseconds will have passed since `start`.

        None if that takes more than 33 years, as with a calendar that never opens.
        """
        at = self.add_microseconds(to_microseconds(start), amount)
        return None if at is None or at > _LAST_INSTANT else from_microseconds(at)

    def measure_microseconds(self, start: int, end: int) -> int:
        """Like `measure_business_time`, for instants in microseconds since 1970."""
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
        """Like `add_business_time`, for an instant in microseconds since 1970."""
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
            # Two threads may build the same block; the results are equal.
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
        """Yields the open spans between two instants, in order; they may touch."""
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
        """Yields (since, until, offset) for each period with the same offset from UTC."""
        since, offset = begin, self._utc_offset(begin)
        for day in range(begin, end, DAY):
            last = min(day + DAY, end) - 1
            while self._utc_offset(last) != offset:
                change = self._find_offset_change(max(since, day), last, offset)
                yield since, change, offset
                since, offset = change, self._utc_offset(change)
        yield since, end, offset

    def _find_offset_change(self, before: int, after: int, offset: int) -> int:
        """Returns the instant at which the offset changes, by bisection."""
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
    """Returns the calendar of these settings, which is cached with its tables."""
    return Calendar(zone, hours, holidays)


def _parse_spans(spans: Spans) -> DaySpans:
    return tuple(
        (parse_time_of_day(start) * MINUTE, parse_time_of_day(end) * MINUTE) for start, end in spans
    )
