"""Reads the `Date` of a mail. Pure."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_YEARS: Final = range(1980, 2200)


def parse_sent_date(raw: str) -> datetime | None:
    """Returns the time in UTC, or None if there is none; without a zone it is taken as UTC."""
    try:
        parsed = parsedate_to_datetime(raw[:200].strip())
        at = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None
    return at if at.year in _YEARS else None
