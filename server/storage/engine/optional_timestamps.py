"""Instants as they are stored: integer microseconds since 1970, UTC; null where there is none."""

from datetime import datetime

from server.domain.timestamps import loaded, stored

__all__ = ["loaded", "loaded_or_none", "stored", "stored_or_none"]


def stored_or_none(at: datetime | None) -> int | None:
    return None if at is None else stored(at)


def loaded_or_none(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else loaded(microseconds)
