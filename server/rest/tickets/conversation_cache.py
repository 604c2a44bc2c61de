"""Remembered answers: a conversation that has not changed is not put together again.

Every answer is checked against the database first (see `storage.marks`), so it is as true as one
that was just made: only the work is spared, and the seq at its end is always today's.
"""

from typing import Final

from msgspec import Struct

from server.rest.core.response import Answer
from server.storage.queries.conversation_version import Mark, Marked

MOST: Final = 1_000
LARGEST: Final = 32_768
"""Bytes; longer conversations are put together each time."""


class Whose(Struct, frozen=True):
    """Which ticket, and whether as colleagues see it or as its customer does."""

    org_id: int
    number: int
    internal: bool


class _Kept(Struct, frozen=True):
    mark: Mark
    start: bytes
    headers: dict[str, str]
    last_seq: int


class Remembered:
    """The answers put together last. Safe from several threads: every step is one of a dict's."""

    def __init__(self) -> None:
        self._kept: dict[Whose, _Kept] = {}

    def find(self, whose: Whose, now: Marked) -> Answer | None:
        """The answer, if nothing that it says has changed."""
        kept = self._kept.get(whose)
        if kept is None or kept.mark != now.mark:
            return None
        body = kept.start + _end(now.seq)
        return Answer(200, body, kept.headers, is_told_apart=now.limits.tell_apart(kept.last_seq))

    def keep(self, whose: Whose, then: Marked, reply: Answer, last_seq: int) -> None:
        """Remembers an answer that ends with the seq at which it is true."""
        end = _end(then.seq)
        if len(reply.body) > LARGEST or not reply.body.endswith(end):
            return
        if len(self._kept) >= MOST:
            self._kept.clear()
        self._kept[whose] = _Kept(then.mark, reply.body.removesuffix(end), reply.headers, last_seq)


def _end(seq: int) -> bytes:
    return b'"seq":%d}}' % seq
