"""Many changes, few paintings: at once when it has been quiet, else twenty times a second."""

from collections.abc import Callable
from typing import Any, Final

from tui.model.store import Change

SECONDS: Final = 0.05


class Pulse:
    """Gathers changes and hands them on, never two within `SECONDS`."""

    def __init__(
        self,
        later: Callable[[float, Callable[[], None]], Any],
        flush: Callable[[Change], None],
    ) -> None:
        self._later, self._flush = later, flush
        self._waiting: Change | None = None
        self._is_resting = False

    def take(self, change: Change) -> None:
        """Hand the change on, now or with others."""
        self._waiting = joined(self._waiting, change) if self._waiting else change
        if not self._is_resting:
            self._beat()

    def _beat(self) -> None:
        change, self._waiting = self._waiting, None
        self._is_resting = change is not None
        if change is not None:
            self._later(SECONDS, self._beat)
            self._flush(change)


def joined(one: Change, other: Change) -> Change:
    """Both changes as one."""
    return Change(
        numbers=one.numbers | other.numbers,
        everything=one.everything or other.everything,
        people=one.people or other.people,
    )
