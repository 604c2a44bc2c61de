"""Instants as integers: microseconds since 1970 in UTC, exactly."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def stored(at: datetime) -> int:
    """An aware datetime in microseconds since 1970, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def loaded(microseconds: int) -> datetime:
    """The aware datetime in UTC that was stored."""
    return _EPOCH + timedelta(0, 0, microseconds)
