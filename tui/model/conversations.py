"""The conversations that this client has loaded; the store keeps them up to date."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from common.people import Role
from common.wire import MessageView, Page, UndeliveredMessage, UndeliveredView, UserView
from tui.text.timeline import TimelineEntry

_RECENT_MESSAGES: Final = 1000
_NON_PERSON_ROLES: Final = frozenset({Role.KEY, Role.SYSTEM})


class Conversations:
    """Messages by ticket number, oldest first, each once."""

    def __init__(self) -> None:
        self.messages: dict[int, list[MessageView]] = {}
        self.older: dict[int, str | None] = {}
        self.stories: dict[int, list[TimelineEntry]] = {}
        # Recent stream messages of any ticket: a page that was read before them may arrive later.
        self._received: deque[tuple[int, MessageView]] = deque(maxlen=_RECENT_MESSAGES)
        self._redacted: dict[int, int] = {}
        self._undelivered: dict[tuple[int, int], UndeliveredView] = {}

    def load_newest(self, number: int, page: Page[MessageView]) -> bool:
        """Takes a conversation's newest messages, and the events since they were read.

        False: too many events came since, or some of it was redacted; read them again.
        """
        if self.is_redacted_since(number, page.seq):
            return False
        if len(self._received) == _RECENT_MESSAGES and self._received[0][1].seq > page.seq:
            return False
        self.messages.setdefault(number, [])
        self.older.setdefault(number, page.next_cursor)
        self.add_messages(number, page.items)
        since = (
            message for of, message in self._received if of == number and message.seq > page.seq
        )
        self.add_messages(number, since)
        return True

    def add_older_page(self, number: int, page: Page[MessageView]) -> None:
        """Takes a page of older messages, in either order."""
        if number not in self.messages or self.is_redacted_since(number, page.seq):
            return
        self.older[number] = page.next_cursor
        self.add_messages(number, page.items)

    def add_messages(self, number: int, messages: Iterable[MessageView]) -> None:
        """Takes messages of a loaded conversation, none twice."""
        held = self.messages.get(number)
        if held is None:
            return
        for message in messages:
            place = bisect_left(held, message.seq, key=_message_seq)
            if place == len(held) or held[place].seq != message.seq:
                held.insert(place, self._with_mark(number, message))

    def add_stream_message(self, number: int, message: MessageView) -> None:
        """Takes a message from the stream."""
        self._received.append((number, message))
        self.add_messages(number, (message,))

    def mark_undelivered(self, number: int, failed: UndeliveredMessage) -> None:
        """Marks a message that did not arrive, also where it is read from before that."""
        self._undelivered[number, failed.message_id] = UndeliveredView(failed.error, failed.at)
        held = self.messages.get(number, [])
        held[:] = [self._with_mark(number, message) for message in held]

    def _with_mark(self, number: int, message: MessageView) -> MessageView:
        mark = self._undelivered.get((number, message.id))
        return message if mark is None else replace(message, undelivered=mark)

    def add_timeline_entries(self, number: int, stories: Iterable[TimelineEntry]) -> None:
        """Takes lines of a ticket's history, none twice."""
        held = self.stories.get(number, [])
        known = {story.seq: story for story in (*held, *stories)}
        self.stories[number] = sorted(known.values(), key=lambda story: story.seq)

    def drop_redacted(self, number: int, seq: int) -> None:
        """Forgets a conversation of which a text was removed: what is left is read anew."""
        self._redacted[number] = seq
        kept = [(of, message) for of, message in self._received if of != number]
        self._received = deque(kept, maxlen=_RECENT_MESSAGES)
        self.drop_conversation(number)

    def is_redacted_since(self, number: int, seq: int) -> bool:
        """Returns whether what was read at an event may still have a text that was taken out."""
        return self._redacted.get(number, 0) > seq

    def drop_conversation(self, number: int) -> None:
        """Forgets a conversation; it is loaded anew when it is opened again."""
        self.messages.pop(number, None)
        self.older.pop(number, None)
        self.stories.pop(number, None)

    def rename_author(self, user: UserView) -> set[int]:
        """Gives the person's messages its present name. Returns whose conversations changed."""
        changed = set()
        for number, held in self.messages.items():
            named = [_rename_message_author(message, user) for message in held]
            if named != held:
                changed.add(number)
                held[:] = named
        return changed


def _message_seq(message: MessageView) -> int:
    return message.seq


def _rename_message_author(message: MessageView, user: UserView) -> MessageView:
    author = message.author
    # API keys and people have separate ids.
    if author.id != user.id or author.role in _NON_PERSON_ROLES:
        return message
    return replace(message, author=replace(author, name=user.name))
