"""Remembers what the agent did last, to take it back: one command, or a group of them."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from tui.model.outbox import MadeCommand, Outbox
from tui.model.outbox_options import describe_pending
from tui.model.pending_commands import PendingCommand
from tui.model.store import Store
from tui.text import formatting

UNDO_PERIOD: Final = timedelta(seconds=10)
"""The time after a command in which it can be taken back."""


class MadeStep(Struct, frozen=True):
    """Commands that were made as one, and the sentence that said that they are done."""

    made: tuple[MadeCommand, ...]
    done: str
    at: datetime


class UndoOutcome(Struct, frozen=True):
    """The outcome of taking a step back.

    `withdrawn` were never sent. `failed` has a sentence for each command that stays.
    """

    step: MadeStep
    withdrawn: tuple[PendingCommand, ...]
    failed: tuple[str, ...]

    def describe(self, store: Store) -> str:
        """Returns one line for the agent: one command in its words, several as they were said."""
        count, left = len(self.step.made), len(self.failed)
        if not left:
            first = describe_pending(self.step.made[0].pending, store)
            return f"Taken back: {first if count == 1 else self.step.done}."
        if count == 1:
            return f"It cannot be taken back. {self.failed[0]}"
        undone = formatting.format_noun_count(count - left, "change")
        return f"{undone} of {count} taken back. {self.failed[0]}"


class UndoHistory:
    """The steps that can still be taken back, the newest last."""

    def __init__(self) -> None:
        self._steps: list[MadeStep] = []

    def add_step(self, made: tuple[MadeCommand, ...], done: str, now: datetime) -> None:
        """Takes commands that were made as one."""
        if made:
            self._steps = [*self._list_recent(now), MadeStep(made, done, now)]

    def find_newest(self, now: datetime) -> datetime | None:
        """Returns when the newest step was made that can be taken back; None: there is none."""
        recent = self._list_recent(now)
        return recent[-1].at if recent else None

    def forget(self) -> None:
        """Forgets all steps: another agent signs in."""
        self._steps.clear()

    def undo_last(self, outbox: Outbox, now: datetime) -> UndoOutcome | None:
        """Takes the newest step back, its last command first. None: there is none so new."""
        self._steps = self._list_recent(now)
        if not self._steps:
            return None
        step = self._steps.pop()
        withdrawn: list[PendingCommand] = []
        failed: list[str] = []
        for made in reversed(step.made):
            taken = outbox.withdraw(made.pending.key)
            if taken is not None:
                withdrawn.append(taken)
                continue
            reason = outbox.take_back(made)
            if reason is not None:
                failed.append(reason)
        return UndoOutcome(step, tuple(withdrawn), tuple(reversed(failed)))

    def _list_recent(self, now: datetime) -> list[MadeStep]:
        return [step for step in self._steps if now - step.at < UNDO_PERIOD]
