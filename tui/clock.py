"""The only file of the workstation that reads the time, and gives it by the server's clock.

Due times, ages and the day of a report are the server's, so they are compared with its clock: this
machine's may be hours fast or slow, or be set while one works.
"""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from tui.server_clock import ServerClock

_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", None) or time.CLOCK_MONOTONIC
"""A clock that goes on while the machine sleeps, as CLOCK_MONOTONIC does not on Linux."""


class _FollowedServer:
    """The clock of the server that this program works with; None before it has signed in."""

    server: ServerClock | None = None


def read_server_time() -> datetime:
    """This moment, aware and in UTC, by the server's clock as soon as that is known."""
    server = _FollowedServer.server
    offset = server.offset if server is not None else None
    return (
        read_wall_clock()
        if offset is None
        else datetime.fromtimestamp(read_steady_clock() + offset, UTC)
    )


def follow_server(server: ServerClock | None) -> None:
    """Tells the time by this server's clock from now on; None: by this machine's."""
    _FollowedServer.server = server


def measure_skew() -> timedelta:
    """Returns this machine's lead over the server's clock; zero while that is not known."""
    server = _FollowedServer.server
    return (
        timedelta(0)
        if server is None or server.offset is None
        else read_wall_clock() - read_server_time()
    )


def read_wall_clock() -> datetime:
    """This moment by the machine's own clock, which somebody may set at any time."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that may


def read_steady_clock() -> float:
    """Seconds that nobody sets: for intervals."""
    return time.clock_gettime(_STEADY)


def read_elapsed_time() -> timedelta:
    """Returns the time since some past moment, by a clock that nobody sets: for durations."""
    return timedelta(seconds=read_steady_clock())


def parse_http_date(header: str | None) -> float | None:
    """Seconds since 1970 of an HTTP `Date`; None where it is missing or none."""
    try:
        return parsedate_to_datetime(header).timestamp() if header else None
    except ValueError:
        return None


def wait_seconds(seconds: float) -> None:
    """Blocks this thread: for commands, which have no event loop."""
    time.sleep(seconds)
