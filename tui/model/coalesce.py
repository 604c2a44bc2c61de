"""Coalesces store changes: at once when idle, else at most 20 redraws a second."""

from collections.abc import Callable
from typing import Any, Final

from tui.model.store import StoreChange

FLUSH_SECONDS: Final = 0.05


class ChangeCoalescer:
    """Collects changes and passes them on, never twice within `SECONDS`."""

    def __init__(
        self,
        later: Callable[[float, Callable[[], None]], Any],
        flush: Callable[[StoreChange], None],
    ) -> None:
        self._later, self._flush = later, flush
        self._waiting: StoreChange | None = None
        self._is_resting = False

    def add_change(self, change: StoreChange) -> None:
        """Hands the change on, now or with others."""
        self._waiting = merge_changes(self._waiting, change) if self._waiting else change
        if not self._is_resting:
            self._flush_changes()

    def _flush_changes(self) -> None:
        change, self._waiting = self._waiting, None
        self._is_resting = change is not None
        if change is not None:
            self._later(FLUSH_SECONDS, self._flush_changes)
            self._flush(change)


def merge_changes(one: StoreChange, other: StoreChange) -> StoreChange:
    """Returns both changes as one."""
    return StoreChange(
        numbers=one.numbers | other.numbers,
        everything=one.everything or other.everything,
        people=one.people or other.people,
        organization=one.organization or other.organization,
    )
