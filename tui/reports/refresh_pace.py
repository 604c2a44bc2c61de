"""Paces the requests of a live screen: soon after a change, and never too often."""

from typing import Final

LEAST_SECONDS: Final = 1.0
"""Seconds from one request to the next."""
_SHARE: Final = 2
"""Requests to a slow server take at most half of the time."""
RETRY_SECONDS: Final = 5.0


class RefreshPace:
    """The time at which the next request is due; times are seconds of any clock.

    Methods return seconds to wait; None: no request is to be scheduled.
    """

    def __init__(self) -> None:
        self._not_before = 0.0
        self._began = 0.0
        self._is_due = self._is_under_way = self._is_wanted = False

    def request_refresh(self, now: float) -> float | None:
        """Records a change; returns the seconds to the next request, None if one is due already."""
        if self._is_due or self._is_under_way:
            # The answer under way may be from before the change.
            self._is_wanted = self._is_under_way
            return None
        self._is_due = True
        return max(self._not_before - now, 0.0)

    def record_start(self, now: float) -> None:
        """Records that the request was sent."""
        self._began, self._is_due, self._is_wanted = now, False, False
        self._is_under_way = True

    def record_end(self, now: float, *, failed: bool = False) -> float | None:
        """Records the answer; returns the seconds to the next request, None if none is due."""
        self._is_under_way = False
        rest = max(LEAST_SECONDS, _SHARE * (now - self._began))
        self._not_before = now + RETRY_SECONDS if failed else self._began + rest
        return self.request_refresh(now) if self._is_wanted or failed else None
