"""Remembered answers: a conversation that has not changed is not put together again.

Every answer is checked against the database first (see `storage.marks`), so it is as true as one
that was just made: only the work is spared, and the seq at its end is always today's.
"""

from typing import Final

from msgspec import Struct

from server.rest.core.response import ApiResponse
from server.storage.queries.conversation_version import ConversationState, ConversationVersion

MAX_ENTRIES: Final = 1_000
MAX_BODY_BYTES: Final = 32_768
"""Bytes; longer conversations are put together each time."""


class ConversationKey(Struct, frozen=True):
    """The ticket, and whether as colleagues see it or as its customer does."""

    org_id: int
    number: int
    internal: bool


class _CachedConversation(Struct, frozen=True):
    mark: ConversationVersion
    start: bytes
    headers: dict[str, str]
    last_seq: int


class ConversationCache:
    """The answers put together last. Safe from several threads: every step is one of a dict's."""

    def __init__(self) -> None:
        self._kept: dict[ConversationKey, _CachedConversation] = {}

    def find_response(self, whose: ConversationKey, now: ConversationState) -> ApiResponse | None:
        """The answer, if nothing that it says has changed."""
        kept = self._kept.get(whose)
        if kept is None or kept.mark != now.mark:
            return None
        body = kept.start + _seq_suffix(now.seq)
        return ApiResponse(
            200, body, kept.headers, is_told_apart=now.limits.identifies_content(kept.last_seq)
        )

    def store_response(
        self, whose: ConversationKey, then: ConversationState, reply: ApiResponse, last_seq: int
    ) -> None:
        """Remembers an answer that ends with the seq at which it is true."""
        end = _seq_suffix(then.seq)
        if len(reply.body) > MAX_BODY_BYTES or not reply.body.endswith(end):
            return
        if len(self._kept) >= MAX_ENTRIES:
            self._kept.clear()
        self._kept[whose] = _CachedConversation(
            then.mark, reply.body.removesuffix(end), reply.headers, last_seq
        )


def _seq_suffix(seq: int) -> bytes:
    return b'"seq":%d}}' % seq
