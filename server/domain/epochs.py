"""The identity of an organization's log: the epoch in which each of its events was written.

A restored backup begins a new epoch: the seqs that are given from then on have stood for other
events before. Events that the backup held keep the epoch in which they were written, so that a
receiver of webhooks knows them again. See docs/api.md, "The event log". Pure.
"""

from functools import lru_cache
from typing import Final, Self

import msgspec
from msgspec import Struct

UNNAMED: Final = ""
"""The epoch of events that were written before logs had an identity."""


class EpochSpan(Struct, frozen=True, array_like=True):
    """The events after a seq, and the epoch in which they were written."""

    after: int
    epoch: str


class Epochs(Struct, frozen=True, array_like=True):
    """Every epoch of a log, oldest first; there is at least one."""

    stretches: tuple[EpochSpan, ...]

    @classmethod
    def start_log(cls, epoch: str) -> Self:
        """Returns the epochs of a log that begins."""
        return cls((EpochSpan(0, epoch),))

    @property
    def current(self) -> str:
        """The log's identity: the epoch in which the next event will be written."""
        return self.stretches[-1].epoch

    @property
    def restored_seq(self) -> int:
        """The last event that the log has kept through every restore; 0 if there was none."""
        pairs = zip(self.stretches, self.stretches[1:], strict=False)
        # A log that was unnamed has got its name, and has lost nothing.
        afters = [it.after for before, it in pairs if before.epoch != UNNAMED]
        return min(afters, default=0)

    def find_epoch(self, seq: int) -> str:
        """Returns the epoch in which the event with this seq was written."""
        return next(it.epoch for it in reversed(self.stretches) if it.after < seq or not it.after)

    def add_epoch(self, seq: int, epoch: str) -> "Epochs":
        """Returns the epochs with a new one that begins after `seq`."""
        kept = (it for it in self.stretches if it.after < seq)
        return Epochs((*kept, EpochSpan(seq, epoch)))

    def encode(self) -> str:
        """Returns the text that is stored."""
        return msgspec.json.encode(self).decode()


@lru_cache(maxsize=4096)
def decode_epochs(text: str) -> Epochs:
    """Returns the epochs of a stored text."""
    return msgspec.json.decode(text, type=Epochs)
