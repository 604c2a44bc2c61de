"""Converts instants to integers, microseconds since 1970 in UTC, and times of day to minutes."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_microseconds(at: datetime) -> int:
    """An aware datetime in microseconds since 1970, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """The aware datetime in UTC that was stored."""
    return _EPOCH + timedelta(0, 0, microseconds)


def to_optional_microseconds(at: datetime | None) -> int | None:
    """An aware datetime in microseconds since 1970; none where there is none."""
    return None if at is None else to_microseconds(at)


def from_optional_microseconds(microseconds: int | None) -> datetime | None:
    """The aware datetime in UTC that was stored; none where there is none."""
    return None if microseconds is None else from_microseconds(microseconds)


def parse_time_of_day(text: str) -> int:
    """Returns the minutes since midnight of a time such as `09:30`; `24:00` is 1440."""
    return int(text[:2]) * 60 + int(text[3:])
