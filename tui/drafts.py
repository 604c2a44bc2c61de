"""Drafts on disk: what an agent was writing outlives the program, however it ends."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from common.tickets.replying import MessageKind


class Draft(Struct, frozen=True, kw_only=True):
    """An unsent text. `number` 0: a ticket not yet filed.

    `key` is its Idempotency-Key: the same text sent again, even after a crash, arrives once.
    """

    number: int
    kind: MessageKind
    text: str
    key: str
    saved_at: datetime


class Drafts:
    """One agent's drafts on one server. Small files, written at once: no await needed."""

    def __init__(
        self, server_url: str, org_id: int, user_id: int, root: Path | None = None
    ) -> None:
        raise NotImplementedError

    def get(self, number: int, kind: MessageKind) -> Draft | None:
        """The draft of a reply or a note to a ticket."""
        raise NotImplementedError

    def save(self, number: int, kind: MessageKind, text: str) -> Draft | None:
        """Keep a text; a blank one ends the draft (None)."""
        raise NotImplementedError

    def discard(self, number: int, kind: MessageKind) -> None:
        """Forget a draft: it was sent, or thrown away."""
        raise NotImplementedError

    def all(self) -> list[Draft]:
        """Every draft, last saved first; restored from disk at the start."""
        raise NotImplementedError

    def count(self) -> int:
        """How many drafts there are."""
        raise NotImplementedError
