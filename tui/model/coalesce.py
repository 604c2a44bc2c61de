"""Coalesces store changes: at once when idle, else at most 20 redraws a second.

The agent's own change does not wait for the end of a pause that others' changes began.
"""

from collections.abc import Callable
from typing import Any, Final

from tui.model.store import StoreChange

FLUSH_SECONDS: Final = 0.05


class ChangeCoalescer:
    """Collects changes and passes them on: others' and one's own once each in `FLUSH_SECONDS`."""

    def __init__(
        self,
        later: Callable[[float, Callable[[], None]], Any],
        flush: Callable[[StoreChange], None],
    ) -> None:
        self._later, self._flush = later, flush
        self._waiting: StoreChange | None = None
        self._is_resting = self._has_passed_own = False

    def add_change(self, change: StoreChange) -> None:
        """Hands the change on, now or with others."""
        self._waiting = merge_changes(self._waiting, change) if self._waiting else change
        if not self._is_resting:
            self._flush_changes()
        elif change.is_own and not self._has_passed_own:
            self._has_passed_own = True
            self._pass_on()

    def _flush_changes(self) -> None:
        self._is_resting, self._has_passed_own = self._waiting is not None, False
        if self._waiting is not None:
            self._later(FLUSH_SECONDS, self._flush_changes)
            self._pass_on()

    def _pass_on(self) -> None:
        change, self._waiting = self._waiting, None
        if change is not None:
            self._flush(change)


def merge_changes(one: StoreChange, other: StoreChange) -> StoreChange:
    """Returns both changes as one."""
    return StoreChange(
        numbers=one.numbers | other.numbers,
        everything=one.everything or other.everything,
        people=one.people or other.people,
        organization=one.organization or other.organization,
        is_own=one.is_own or other.is_own,
    )
