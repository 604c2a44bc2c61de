"""The only file that asks the time. Everybody else is told it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """This instant, aware, in UTC, to the microsecond."""
    return datetime.now(UTC)  # noqa: TID251 - here, and nowhere else


def monotonic_seconds() -> float:
    """Seconds that only ever go forward, for intervals and brakes."""
    return time.monotonic()
