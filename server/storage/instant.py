"""Instants as they are stored: integer microseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def stored(at: datetime) -> int:
    """An aware datetime in microseconds since 1970, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def stored_or_none(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // _MICROSECOND


def loaded(microseconds: int) -> datetime:
    """The aware datetime in UTC that was stored."""
    return _EPOCH + timedelta(0, 0, microseconds)


def loaded_or_none(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(0, 0, microseconds)
