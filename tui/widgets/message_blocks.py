"""Lays out a conversation as blocks of lines, each a message with its heading."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Final

from msgspec import UNSET, Struct
from rich.cells import cell_len

from common.people import AGENTS
from common.tickets.replying import MessageKind
from common.wire import MessageView, TicketView
from tui.text import formatting
from tui.text.authorship import find_author_side
from tui.text.timeline import TimelineEntry
from tui.widgets.line_wrapping import wrap_joined, wrap_text

Part = tuple[str, str]
StyledLines = list[list[Part]]

STYLES: Final = frozenset({"customer", "agent", "note", "body", "body-note", "dim", "new", "plain"})
_BARS: Final = {"customer": "│ ", "agent": "┃ ", "note": "┆ "}
_MARGINS: Final = frozenset({"", "·", *(bar.strip() for bar in _BARS.values())})
"""The cells before a text that are not part of it."""


class Block(Struct, frozen=True):
    """Lines that belong together; `key` identifies them when others come in between."""

    key: str
    lines: StyledLines
    joints: tuple[str, ...] = ()
    """The text that joins a line to the next one; a newline where none is given."""

    @property
    def height(self) -> int:
        return len(self.lines)

    def copied_lines(self) -> list[tuple[str, int, str]]:
        """Returns each line's text without its bar, the cell in which it begins, and its joint."""
        return [
            (*_without_bar(line), self.joints[place] if place < len(self.joints) else "\n")
            for place, line in enumerate(self.lines)
        ]


class ConversationLayout(Struct, frozen=True, kw_only=True):
    """The content of a conversation, and its width."""

    ticket: TicketView
    messages: Sequence[MessageView] | None
    """None: not loaded yet."""
    stories: Sequence[TimelineEntry] = ()
    """The events beside the messages."""
    has_older: bool
    new_after: int
    me: int
    width: int
    now: datetime

    def build_blocks(self) -> list[Block]:
        """Returns the description, then a hint at older messages, then the messages."""
        blocks = [self._description_block()]
        if self.messages is None:
            return [*blocks, _remark_block("loading", "Loading the conversation …")]
        if self.has_older:
            blocks.append(_remark_block("older", "⋮ Older messages load as you scroll up to here."))
        return [*blocks, *self._ordered_blocks(self.messages)]

    def _ordered_blocks(self, messages: Sequence[MessageView]) -> Iterable[Block]:
        """Messages and stories as they came; none from before the oldest message that is here."""
        since = messages[0].seq if self.has_older and messages else 0
        stories = [story for story in self.stories if story.seq > since]
        mixed: list[MessageView | TimelineEntry] = [*messages, *stories]
        mixed.sort(key=lambda one: one.seq)
        before: MessageView | TimelineEntry | None = None
        for one, following in zip_longest(mixed, mixed[1:]):
            if isinstance(one, TimelineEntry):
                text = one.text_after(before) if isinstance(before, MessageView) else one.text
                yield self._story_block(one, text, is_last=not isinstance(following, TimelineEntry))
            else:
                yield self._message_block(one)
            before = one

    def _story_block(self, story: TimelineEntry, text: str, *, is_last: bool) -> Block:
        """Stories follow each other without a gap."""
        when = formatting.format_moment(self.now, story.at)
        first, *more = wrap_text(text, max(self.width - len(when) - 5, 20))
        gap = " " * max(self.width - cell_len(first) - len(when) - 4, 1)
        lines: StyledLines = [[(" · ", "dim"), (first, "dim"), (f"{gap}{when} ", "dim")]]
        lines += [[(f"   {line}", "dim")] for line in more]
        return Block(f"story {story.seq}", [*lines, *([[]] if is_last else [])])

    def _description_block(self) -> Block:
        ticket = self.ticket
        text = "…" if ticket.description is UNSET else ticket.description
        who = [(ticket.customer.name, "customer"), ("  opened the ticket", "dim")]
        head = self._head_parts(who, ticket.created_at, new=False)
        return self._text_block("description", head, text, "customer")

    def _message_block(self, message: MessageView) -> Block:
        side = find_author_side(message, self.ticket)
        author = message.author
        if message.kind is MessageKind.NOTE:
            who = [(author.name, "note"), ("  NOTE, colleagues only", "note")]
        else:
            word = "customer" if side == "customer" else "reply"
            who = [(author.name, side), (f"  {word}", "dim")]
        is_own = author.id == self.me and author.role in AGENTS
        new = message.seq > self.new_after and not is_own
        head = self._head_parts(who, message.created_at, new=new)
        return self._text_block(str(message.id), head, message.body, side)

    def _head_parts(self, who: list[Part], at: datetime, *, new: bool) -> list[Part]:
        when = formatting.format_moment(self.now, at)
        mark: list[Part] = [("● new  ", "new")] if new else []
        room = self.width - cell_len(when) - sum(cell_len(text) for text, _ in mark) - 2
        name = (formatting.truncate_text(who[0][0], max(room - cell_len(who[1][0]), 8)), who[0][1])
        said = sum(cell_len(text) for text, _ in (name, who[1]))
        gap = " " * max(room - said, 1)
        return [(" ", "plain"), name, who[1], (gap, "plain"), *mark, (when + " ", "dim")]

    def _text_block(self, key: str, head: list[Part], text: str, side: str) -> Block:
        style = "body-note" if side == "note" else "body"
        bar = (" " + _BARS[side], side)
        body = wrap_joined(text, self.width - 4)
        lines: StyledLines = [head, *([bar, (line, style)] for line, _ in body), []]
        return Block(key, lines, ("\n", *(joint for _, joint in body)))


def _without_bar(line: list[Part]) -> tuple[str, int]:
    if not line:
        return "", 0
    bar, rest = line[0][0], line[1:]
    if bar.strip() not in _MARGINS:
        return "".join(text for text, _ in line)[1:], 1
    return "".join(text for text, _ in rest), cell_len(bar)


def _remark_block(key: str, text: str) -> Block:
    return Block(key, [[(f" {text}", "dim")], []])
