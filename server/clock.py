"""The server's only source of time. Everything else gets a clock as an argument."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Returns the present time, aware, in UTC, to the microsecond."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that may


def monotonic_seconds() -> float:
    """Returns seconds that never go back, for intervals and rate limits."""
    return time.monotonic()
