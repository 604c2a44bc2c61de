"""The range of a report: whole days of the organization, from the first to the last."""

import re
from datetime import date, datetime, timedelta
from typing import Final

from msgspec import Struct

from common.reports import GroupBy

_DAY: Final = timedelta(days=1)
_MOST_COLUMNS: Final = 31
_WEEK: Final = 7
_LONGEST: Final = 60 * 366
_EARLIEST, _LATEST = date(1970, 1, 1), date(2100, 1, 1)


class InvalidDateRange(Exception):
    """A typed range is wrong; the message says why."""


class DateRange(Struct, frozen=True):
    """From the first day to the last, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> str:
        """The `from` of a query."""
        return self.first.isoformat()

    @property
    def end(self) -> str:
        """The `to` of a query, which is not included."""
        return (self.last + _DAY).isoformat()

    @property
    def previous_range(self) -> "DateRange":
        """The same number of days, just before."""
        return DateRange(self.first - timedelta(days=self.days), self.first - _DAY)

    @property
    def grain(self) -> GroupBy:
        """The shortest of day, week and month that makes no more columns than a chart has."""
        if self.days <= _MOST_COLUMNS:
            return GroupBy.DAY
        return GroupBy.WEEK if self.days <= _MOST_COLUMNS * _WEEK else GroupBy.MONTH

    @property
    def label(self) -> str:
        """`25 Oct - 23 Nov 2026`."""
        if self.days == 1:
            return _format_date(self.last)
        first = f"{self.first.day} {self.first:%b}"
        year = "" if self.first.year == self.last.year else f" {self.first.year}"
        return f"{first}{year} - {_format_date(self.last)}"


class ComparisonRange(Struct, frozen=True):
    """The range to compare with: as many days just before, up to the same time of day.

    A morning is compared with the morning before: a whole day would always be more.
    """

    span: DateRange
    until: datetime | None = None

    @property
    def end(self) -> str:
        """The `to` of a query, which is not included: the end of this very second."""
        if self.until is None:
            return self.span.end
        return (self.until.replace(microsecond=0) + timedelta(seconds=1)).isoformat()

    @property
    def label(self) -> str:
        """`22 Nov 2026, until 09:30` where the last day is not the whole day."""
        if self.until is None:
            return self.span.label
        return f"{DateRange(self.span.first, self.until.date()).label}, until {self.until:%H:%M}"


def find_comparison(span: DateRange, now: datetime) -> ComparisonRange:
    """Returns the range to compare with at this moment of the organization's clock."""
    if span.first <= now.date() <= span.last:
        return ComparisonRange(span.previous_range, now - timedelta(days=span.days))
    return ComparisonRange(span.previous_range)


def _format_date(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


class RangePreset(Struct, frozen=True):
    """A range that ends today."""

    name: str
    short: str
    days: int

    def range_until(self, today: date) -> DateRange:
        return DateRange(today - timedelta(days=self.days - 1), today)


PRESETS: Final = (
    RangePreset("today", "today", 1),
    RangePreset("7 days", "7 d", 7),
    RangePreset("30 days", "30 d", 30),
    RangePreset("90 days", "90 d", 90),
)

_DATES: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_date_range(text: str) -> DateRange:
    """Parses a typed range: one day, or the first and the last. Raises InvalidDateRange."""
    days = [_parse_date(word) for word in _DATES.findall(text)]
    rest = _DATES.sub("", text).replace("to", "").strip(" -–.,")
    if rest or len(days) not in {1, 2}:
        raise InvalidDateRange("Type two dates, the first day and the last: 2026-10-01 2026-10-31")
    if days[0] > days[-1]:
        raise InvalidDateRange(f"{days[0]} comes after {days[-1]}: the first day comes first.")
    if not _EARLIEST <= days[0] <= days[-1] < _LATEST:
        raise InvalidDateRange(f"Days must be between {_EARLIEST.year} and {_LATEST.year}.")
    span = DateRange(days[0], days[-1])
    if span.days > _LONGEST:
        raise InvalidDateRange("That is longer than 60 years.")
    return span


def _parse_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidDateRange(f"There is no day {text}.") from None
