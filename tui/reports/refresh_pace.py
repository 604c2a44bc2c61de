"""How often a screen that stays up to date may ask: soon after a change, and never too often."""

from typing import Final

LEAST_SECONDS: Final = 1.0
"""Seconds from one question to the next."""
_SHARE: Final = 2
"""A server that takes longer is asked no more than half of the time."""
RETRY_SECONDS: Final = 5.0


class RefreshPace:
    """When the next question is due; times are seconds of any clock.

    Its answers are waits: None means that nothing is to be set off.
    """

    def __init__(self) -> None:
        self._not_before = 0.0
        self._began = 0.0
        self._is_due = self._is_under_way = self._is_wanted = False

    def request_refresh(self, now: float) -> float | None:
        """Something changed: after how many seconds to ask."""
        if self._is_due or self._is_under_way:
            # What is under way may have been read before the change.
            self._is_wanted = self._is_under_way
            return None
        self._is_due = True
        return max(self._not_before - now, 0.0)

    def record_start(self, now: float) -> None:
        """The question goes out."""
        self._began, self._is_due, self._is_wanted = now, False, False
        self._is_under_way = True

    def record_end(self, now: float, *, failed: bool = False) -> float | None:
        """The answer is here. After how many seconds to ask again, if at all."""
        self._is_under_way = False
        rest = max(LEAST_SECONDS, _SHARE * (now - self._began))
        self._not_before = now + RETRY_SECONDS if failed else self._began + rest
        return self.request_refresh(now) if self._is_wanted or failed else None
