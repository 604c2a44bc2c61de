"""Times in filters: spans from now, and parts of the calendar in the organization's zone."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, cast

from common.filters.filter_terms import (
    CalendarOrder,
    CalendarValue,
    SpanOrder,
    SpanUnit,
    SpanValue,
)

TimeBounds = tuple[datetime | None, datetime | None]
"""The instant from which, and the one before which a time matches, both in UTC; None: no bound."""
TIME_EXAMPLES: Final = "<3d, >2w, today, last-week, 2026-11-30, >=2026-11, 2026-11-01..2026-11-15"

_SPAN: Final = re.compile(r"([<>]?)=?([0-9]{1,5})([mhdw])")
_ORDERED: Final = re.compile(r"(<=|>=|<|>|)(.+)")
_MOMENT: Final = re.compile(
    r"((?:19[7-9]|2[0-9]{2})[0-9])-([0-9]{2})(?:-(0[1-9]|[1-3][0-9])(?:t([0-9]{2}):([0-9]{2}))?)?"
)
_UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
NOW: Final = "now"
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(weeks=1)


def parse_time(written: str) -> SpanValue | CalendarValue | None:
    """Returns the time that a text means; None if it means none."""
    text = written.lower()
    span = _SPAN.fullmatch(text)
    if span is not None:
        order, count, unit = span.groups()
        return SpanValue(cast(SpanOrder, order or "<"), int(count), cast(SpanUnit, unit))
    first, dots, last = text.partition("..")
    if dots:
        is_range = _is_calendar(first) and _is_calendar(last) and NOW not in {first, last}
        return CalendarValue(first, last) if is_range else None
    return _parse_ordered(text)


def _parse_ordered(text: str) -> CalendarValue | None:
    match = _ORDERED.fullmatch(text)
    if match is None:
        return None
    order, name = match.groups()
    if not _is_calendar(name) or (name == NOW and not order):
        return None
    return CalendarValue(name, name, cast(CalendarOrder, order))


def format_time(value: SpanValue | CalendarValue) -> str:
    """Returns the text of a time."""
    if isinstance(value, SpanValue):
        return f"{value.order}{value.count}{value.unit}"
    if value.first != value.last:
        return f"{value.first}..{value.last}"
    return f"{value.order}{value.first}"


def find_bounds(
    value: SpanValue | CalendarValue, now: datetime, zone: tzinfo, *, is_ahead: bool
) -> TimeBounds:
    """Returns the bounds of a time; `is_ahead`: spans count forward from now."""
    if isinstance(value, SpanValue):
        return _bound_span(value, now.astimezone(UTC), is_ahead=is_ahead)
    local = now.astimezone(zone)
    start, end = _find_part(value.first, local)[0], _find_part(value.last, local)[1]
    return {
        "": (start, end),
        "<": (None, start),
        "<=": (None, end),
        ">": (end, None),
        ">=": (start, None),
    }[value.order]


def _bound_span(value: SpanValue, now: datetime, *, is_ahead: bool) -> TimeBounds:
    """Compares a distance: what is within it, `<`, is later in the past, and earlier ahead."""
    distance = value.count * _UNITS[value.unit]
    is_upper = (value.order == "<") is is_ahead
    there = now + distance if is_ahead else now - distance
    return (None, there) if is_upper else (there, None)


def _is_calendar(name: str) -> bool:
    if name in _PARTS or name == NOW:
        return True
    match = _MOMENT.fullmatch(name)
    return match is not None and _read_moment(match, UTC) is not None


def _find_part(name: str, local: datetime) -> tuple[datetime, datetime]:
    """Returns begin and end of a part of the calendar."""
    if name == NOW:
        return local.astimezone(UTC), local.astimezone(UTC)
    match = _MOMENT.fullmatch(name)
    found = _read_moment(match, local.tzinfo) if match else _PARTS[name](_find_midnight(local))
    if found is None:
        raise ValueError(f"{name} is no part of the calendar")
    # A local time that the clocks leave out is read as so much later.
    return found[0].astimezone(UTC), found[1].astimezone(UTC)


def _read_moment(match: re.Match[str], zone: tzinfo | None) -> tuple[datetime, datetime] | None:
    year, month, day, hour, minute = (int(it or 0) for it in match.groups())
    try:
        start = datetime(year, month, day or 1, hour, minute, tzinfo=zone)
    except ValueError:
        return None
    if match.group(4):
        return start, (start.astimezone(UTC) + timedelta(minutes=1)).astimezone(zone)
    return start, start + _DAY if day else _add_months(start, 1)


def _find_midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _add_months(day: datetime, count: int) -> datetime:
    """Returns the first of a month, so many months later."""
    years, month = divmod(day.month - 1 + count, 12)
    return day.replace(year=day.year + years, month=month + 1, day=1)


def _find_week(day: datetime, weeks: int) -> tuple[datetime, datetime]:
    monday = day - timedelta(days=day.weekday()) + weeks * _WEEK
    return monday, monday + _WEEK


def _find_month(day: datetime, months: int) -> tuple[datetime, datetime]:
    return _add_months(day, months), _add_months(day, months + 1)


_PARTS: Final[dict[str, Callable[[datetime], tuple[datetime, datetime]]]] = {
    "today": lambda day: (day, day + _DAY),
    "yesterday": lambda day: (day - _DAY, day),
    "tomorrow": lambda day: (day + _DAY, day + 2 * _DAY),
    "this-week": lambda day: _find_week(day, 0),
    "last-week": lambda day: _find_week(day, -1),
    "next-week": lambda day: _find_week(day, 1),
    "this-month": lambda day: _find_month(day, 0),
    "last-month": lambda day: _find_month(day, -1),
}
PART_NAMES: Final = tuple(_PARTS)
"""The words for parts of the calendar; weeks begin on Monday."""
