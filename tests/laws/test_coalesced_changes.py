"""Changes of the store are shown together, and one's own at once."""

from collections.abc import Callable

from tui.model.coalesce import ChangeCoalescer
from tui.model.store import StoreChange


class Redraws:
    """The changes that a coalescer passes on, with timers that end by hand."""

    def __init__(self) -> None:
        self._timers: list[Callable[[], None]] = []
        self.shown: list[set[int]] = []
        self._changes = ChangeCoalescer(
            lambda _seconds, then: self._timers.append(then),
            lambda change: self.shown.append(set(change.numbers)),
        )

    def change(self, number: int, *, is_own: bool = False) -> None:
        self._changes.add_change(StoreChange(numbers=frozenset({number}), is_own=is_own))

    def end_pause(self) -> None:
        self._timers.pop(0)()


def test_changes_within_a_pause_are_shown_together_after_it() -> None:
    it = Redraws()
    for number in (1, 2, 3):
        it.change(number)
    assert it.shown == [{1}]
    it.end_pause()
    assert it.shown == [{1}, {2, 3}]
    it.end_pause()
    it.change(4)
    assert it.shown == [{1}, {2, 3}, {4}]


def test_ones_own_change_is_shown_in_the_pause_after_one_of_others() -> None:
    it = Redraws()
    it.change(1)
    it.change(2)
    it.change(3, is_own=True)
    assert it.shown == [{1}, {2, 3}]


def test_many_own_changes_are_shown_once_in_a_pause() -> None:
    it = Redraws()
    for number in range(5):
        it.change(number, is_own=True)
    assert it.shown == [{0}, {1}]
    it.end_pause()
    assert it.shown == [{0}, {1}, {2, 3, 4}]


def test_a_pause_in_which_ones_own_change_was_shown_still_ends() -> None:
    it = Redraws()
    it.change(1)
    it.change(2, is_own=True)
    it.end_pause()
    it.change(3)
    assert it.shown == [{1}, {2}, {3}]
