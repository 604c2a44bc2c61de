"""Splits a range into days, weeks and months in the organization's time zone.

A day begins when the zone's calendar turns to it and ends when the next one begins: it has 23 or
25 hours when it has.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from server.domain.timestamps import from_microseconds, to_microseconds

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS: Final = range(1900, 3000)
_Instant = Annotated[datetime, Meta(tz=True)]
MAX_PERIODS: Final = 3700
"""The maximal number of periods: ten years of days."""


class Period(NamedTuple):
    """A half-open range of time, in microseconds since 1970."""

    start: int
    end: int


def parse_instant(text: str, zone: ZoneInfo) -> datetime:
    """Parses `YYYY-MM-DD`, the beginning of that day in the zone, or RFC 3339 with an offset.

    Raises ValueError, with words for the caller.
    """
    try:
        if _DATE.fullmatch(text):
            read = datetime.combine(date.fromisoformat(text), datetime.min.time(), zone)
        else:
            read = msgspec.convert(text, _Instant)
    except ValueError:
        raise ValueError("must be RFC 3339 with an offset, or YYYY-MM-DD") from None
    # Compared before it is moved: what lies near the ends of the count has no counterpart in UTC.
    if read.year not in _YEARS:
        raise ValueError(f"must lie in the years {_YEARS[0]} to {_YEARS[-1]}")
    return read.astimezone(UTC)


def split_period(period: Period, unit: str, zone: ZoneInfo) -> list[tuple[str, Period]]:
    """Returns the days, weeks (from Monday, ISO 8601) or months of a range, with their keys.

    The first and the last are cut where the range is. Raises ValueError where they are too many.
    """
    begin, named = _UNITS[unit]
    day = begin(_local_date(period.start, zone))
    parts = []
    while (start := _day_start(day, zone)) < period.end:
        following = _next_start(day, unit)
        part = Period(max(start, period.start), min(_day_start(following, zone), period.end))
        if part.start < part.end:
            parts.append((named(day), part))
        if len(parts) > MAX_PERIODS:
            raise ValueError(f"these are more than {MAX_PERIODS} {unit}s")
        day = following
    return parts


def _day_start(day: date, zone: ZoneInfo) -> int:
    """Returns the beginning of a day; if clocks skip midnight, the instant of the change."""
    return to_microseconds(datetime.combine(day, datetime.min.time(), zone))


def _local_date(at: int, zone: ZoneInfo) -> date:
    return from_microseconds(at).astimezone(zone).date()


def _next_start(day: date, unit: str) -> date:
    if unit == "month":
        return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if unit == "week" else 1)


def _week_key(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


_UNITS: Final[dict[str, tuple[Callable[[date], date], Callable[[date], str]]]] = {
    "day": (lambda day: day, date.isoformat),
    "week": (lambda day: day - timedelta(days=day.weekday()), _week_key),
    "month": (lambda day: day.replace(day=1), lambda day: f"{day:%Y-%m}"),
}
