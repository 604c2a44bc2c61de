"""Estimates the server's clock from the times in its messages. Pure.

The offset is the server's time minus the seconds of this machine's steady clock, so setting the
machine's clock changes nothing. A heartbeat was written before it arrived: it bounds the offset
from below, and the one that came quickest bounds it best (RFC 5905 filters in the same way). An
answer's `Date` has whole seconds: it bounds the offset from both sides, until heartbeats come.
"""

from collections import deque
from typing import Final

_HEARTBEATS_KEPT: Final = 16
"""Heartbeats that count: a clock that was set back is noticed after as many."""
_DATE_SECONDS: Final = 1.0
"""The answer was written within so many seconds after its `Date`."""


class ServerClock:
    """The estimate of one server's clock."""

    def __init__(self) -> None:
        self._heartbeats: deque[float] = deque(maxlen=_HEARTBEATS_KEPT)
        self._dates: tuple[float, float] | None = None

    @property
    def has_heartbeats(self) -> bool:
        """Returns whether heartbeats tell it; before, only answers do, to a second."""
        return bool(self._heartbeats)

    @property
    def offset(self) -> float | None:
        """The server's seconds since 1970 minus the steady clock's; None while it is not known."""
        if self._heartbeats:
            return max(self._heartbeats)
        return sum(self._dates) / 2 if self._dates else None

    def add_heartbeat(self, at: float, received: float) -> None:
        """Takes a heartbeat: the server's time in it, and the steady clock when it arrived."""
        self._heartbeats.append(at - received)

    def add_response_date(self, date: float, asked: float, answered: float) -> None:
        """Takes an answer's `Date`, and the steady clock before and after the exchange."""
        low, high = date - answered, date + _DATE_SECONDS - asked
        if self._dates is not None:
            both = max(low, self._dates[0]), min(high, self._dates[1])
            # Bounds that exclude each other: one of the clocks was set or has slept.
            low, high = both if both[0] <= both[1] else (low, high)
        self._dates = low, high
