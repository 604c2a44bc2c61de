"""Converts instants to integers, microseconds since 1970 in UTC, and times of day to minutes."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_microseconds(at: datetime) -> int:
    """Returns an aware datetime as microseconds since 1970, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """Returns the aware datetime, in UTC."""
    return _EPOCH + timedelta(0, 0, microseconds)


def to_optional_microseconds(at: datetime | None) -> int | None:
    """Returns an aware datetime as microseconds since 1970; None stays None."""
    return None if at is None else to_microseconds(at)


def from_optional_microseconds(microseconds: int | None) -> datetime | None:
    """Returns the aware datetime, in UTC; None stays None."""
    return None if microseconds is None else from_microseconds(microseconds)


def parse_time_of_day(text: str) -> int:
    """Returns the minutes since midnight of a time such as `09:30`; `24:00` is 1440."""
    return int(text[:2]) * 60 + int(text[3:])
