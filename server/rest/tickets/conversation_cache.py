"""Caches responses: a conversation that has not changed is not rendered again.

Each response is checked against the database first (`conversation_version`), so it
is as current as a new one. Only the rendering is saved; the seq at the end is always the present
one.
"""

from typing import Final

from msgspec import Struct

from server.rest.core.response import ApiResponse
from server.storage.queries.ticket.conversation_version import (
    ConversationState,
    ConversationVersion,
)

MAX_ENTRIES: Final = 1_000
MAX_BODY_BYTES: Final = 32_768
"""Bytes; longer conversations are rendered each time."""


class ConversationKey(Struct, frozen=True):
    """A ticket, and whether internal notes and fields are included."""

    org_id: int
    number: int
    internal: bool


class _CachedConversation(Struct, frozen=True):
    mark: ConversationVersion
    start: bytes
    headers: dict[str, str]
    last_seq: int


class ConversationCache:
    """The responses rendered last. Safe for several threads: every step is one of a dict's."""

    def __init__(self) -> None:
        self._responses: dict[ConversationKey, _CachedConversation] = {}

    def has_response(self, key: ConversationKey) -> bool:
        """Returns whether there is a response, current or not."""
        return key in self._responses

    def find_response(self, key: ConversationKey, now: ConversationState) -> ApiResponse | None:
        """Returns the response, if nothing in it has changed."""
        cached = self._responses.get(key)
        if cached is None or cached.mark != now.mark:
            return None
        body = cached.start + _seq_suffix(now.seq)
        return ApiResponse(
            200, body, cached.headers, is_told_apart=now.limits.identifies_content(cached.last_seq)
        )

    def store_response(
        self, key: ConversationKey, then: ConversationState, reply: ApiResponse, last_seq: int
    ) -> None:
        """Stores a response that ends with the seq at which it is true."""
        end = _seq_suffix(then.seq)
        if len(reply.body) > MAX_BODY_BYTES or not reply.body.endswith(end):
            return
        if len(self._responses) >= MAX_ENTRIES:
            self._responses.clear()
        self._responses[key] = _CachedConversation(
            then.mark, reply.body.removesuffix(end), reply.headers, last_seq
        )


def _seq_suffix(seq: int) -> bytes:
    return b'"seq":%d}}' % seq
