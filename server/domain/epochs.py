"""Epochs identify an organization's event log, and the part of it in which an event was written.

A restored backup starts a new epoch, because the next seqs were used for other events before.
Events in the backup keep their epoch, so that webhook receivers can recognize them. Pure. See
docs/api.md, "The event log".
"""

from functools import lru_cache
from typing import Final, Self

import msgspec
from msgspec import Struct

UNNAMED: Final = ""
"""The epoch of events from before logs had epochs."""


class EpochSpan(Struct, frozen=True, array_like=True):
    """The epoch of the events after a seq."""

    after: int
    epoch: str


class Epochs(Struct, frozen=True, array_like=True):
    """The epochs of a log, oldest first; there is at least one."""

    spans: tuple[EpochSpan, ...]

    @classmethod
    def start_log(cls, epoch: str) -> Self:
        """Returns the epochs of a new log."""
        return cls((EpochSpan(0, epoch),))

    @property
    def current(self) -> str:
        """The epoch of the next event, which identifies the log."""
        return self.spans[-1].epoch

    @property
    def restored_seq(self) -> int:
        """The last event that every restore has kept; 0 if there was no restore."""
        pairs = zip(self.spans, self.spans[1:], strict=False)
        # Naming an unnamed log was not a restore.
        afters = [it.after for before, it in pairs if before.epoch != UNNAMED]
        return min(afters, default=0)

    def find_epoch(self, seq: int) -> str:
        """Returns the epoch in which the event with this seq was written."""
        return next(it.epoch for it in reversed(self.spans) if it.after < seq or not it.after)

    def add_epoch(self, seq: int, epoch: str) -> "Epochs":
        """Returns the epochs with a new one that begins after `seq`."""
        kept = (it for it in self.spans if it.after < seq)
        return Epochs((*kept, EpochSpan(seq, epoch)))

    def encode(self) -> str:
        """Returns the text that is stored."""
        return msgspec.json.encode(self).decode()


@lru_cache(maxsize=4096)
def decode_epochs(text: str) -> Epochs:
    """Returns the epochs of a stored text."""
    return msgspec.json.decode(text, type=Epochs)
