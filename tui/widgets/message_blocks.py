"""Lays out a conversation as blocks of lines, each a message with its heading."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Final

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace
from rich.cells import cell_len

from common.people import AGENTS
from common.tickets.replying import MessageKind
from common.wire import (
    AttachmentView,
    MessageSource,
    MessageView,
    TicketView,
    UndeliveredView,
)
from tui.model.predicted_tickets import is_local_message
from tui.text import formatting, message_details
from tui.text.authorship import find_author_side
from tui.text.line_wrapping import wrap_joined, wrap_text
from tui.text.timeline import TimelineEntry

Part = tuple[str, str]
StyledLines = list[list[Part]]

STYLES: Final = frozenset(
    {"customer", "agent", "note", "body", "body-note", "dim", "new", "plain", "warn", "bad"}
)
_BARS: Final = {"customer": "│ ", "agent": "┃ ", "note": "┆ "}
_NEW: Final = "● new  "
_SINCE_DRAFT: Final = "◆ new  "
_BEGUN_TEXT: Final = "new since you began to write"
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


_LOADING_TEXT: Final = "The conversation is read as soon as the server answers."


class ConversationLayout(Struct, frozen=True, kw_only=True):
    """The content of a conversation, and its width."""

    ticket: TicketView
    messages: Sequence[MessageView]
    is_loaded: bool = True
    """False: the messages are those alone that the server does not have yet."""
    stories: Sequence[TimelineEntry] = ()
    """The events beside the messages."""
    has_older: bool
    new_after: int
    begun_after: int = 0
    """The event after which messages of others are new to the text in the editor; 0: no text."""
    me: int
    width: int
    now: datetime

    def build_blocks(self) -> list[Block]:
        """Returns the description, then a hint at older messages, then the messages."""
        blocks = [self._description_block()]
        if not self.is_loaded:
            blocks.append(_remark_block("loading", _LOADING_TEXT))
        elif self.has_older:
            blocks.append(_remark_block("older", "⋮ Older messages load as you scroll up to here."))
        return [*blocks, *self._ordered_blocks(self.messages)]

    def _ordered_blocks(self, messages: Sequence[MessageView]) -> Iterable[Block]:
        """Messages and stories as they came; none from before the oldest message that is here."""
        since = messages[0].seq if self.has_older and messages else 0
        stories = [story for story in self.stories if story.seq > since]
        mixed: list[MessageView | TimelineEntry] = [*messages, *stories]
        mixed.sort(key=lambda one: one.seq)
        before: MessageView | TimelineEntry | None = None
        is_ruled = False
        for one, following in zip_longest(mixed, mixed[1:]):
            if isinstance(one, TimelineEntry):
                text = one.text_after(before) if isinstance(before, MessageView) else one.text
                yield self._story_block(one, text, is_last=not isinstance(following, TimelineEntry))
            else:
                if not is_ruled and self._is_since_draft(one):
                    is_ruled = True
                    yield self._begun_rule()
                yield self._message_block(one)
            before = one

    def _is_own(self, message: MessageView) -> bool:
        return message.author.id == self.me and message.author.role in AGENTS

    def _is_since_draft(self, message: MessageView) -> bool:
        """Returns whether somebody else wrote it since the text in the editor was begun."""
        return 0 < self.begun_after < message.seq and not self._is_own(message)

    def _begun_rule(self) -> Block:
        line = f" ── {_BEGUN_TEXT} ".ljust(max(self.width - 1, 0), "─")
        return Block("begun", [[(line, "new")], []])

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
        source = message_details.find_ticket_source(ticket)
        who = [(ticket.customer.name, "customer"), ("  opened the ticket", "dim")]
        who += _source_parts(source)
        heads = self._head_parts(who, ticket.created_at), *self._doubt_lines(source)
        files = self._file_lines(ticket.attachments or (), "customer")
        return self._text_block("description", heads, text, "customer", files)

    def _message_block(self, message: MessageView) -> Block:
        side = find_author_side(message, self.ticket)
        author = message.author
        if message.kind is MessageKind.NOTE:
            who = [(author.name, "note"), ("  NOTE, colleagues only", "note")]
        else:
            word = "customer" if side == "customer" else "reply"
            merged = [(f" · to #{message.ticket}", "dim")] if message.ticket else []
            who = [
                (author.name, side),
                (f"  {word}", "dim"),
                *_source_parts(message.source),
                *merged,
            ]
        if is_local_message(message):
            who.append(("  ↑ not sent yet", "warn"))
        new = message.seq > self.new_after and not self._is_own(message)
        mark = _SINCE_DRAFT if self._is_since_draft(message) else _NEW if new else ""
        head = self._head_parts(who, message.created_at, mark)
        tail = self._file_lines(message.attachments or (), side)
        if message.undelivered is not UNSET:
            tail += self._failure_lines(message.undelivered)
        lines = head, *self._doubt_lines(message.source)
        return self._text_block(str(message.id), lines, message.body, side, tail)

    def _head_parts(self, who: list[Part], at: datetime, mark: str = "") -> list[Part]:
        when = formatting.format_moment(self.now, at)
        room = self.width - cell_len(when) - cell_len(mark) - 2
        words = who[1:]
        taken = sum(cell_len(text) for text, _ in words)
        name = (formatting.truncate_text(who[0][0], max(room - taken, 8)), who[0][1])
        gap = " " * max(room - cell_len(name[0]) - taken, 1)
        return [(" ", "plain"), name, *words, (gap, "plain"), (mark, "new"), (when + " ", "dim")]

    def _text_block(
        self, key: str, heads: Sequence[list[Part]], text: str, side: str, tail: StyledLines
    ) -> Block:
        style = "body-note" if side == "note" else "body"
        bar = (" " + _BARS[side], side)
        body = wrap_joined(text, self.width - 4)
        lines: StyledLines = [*heads, *([bar, (line, style)] for line, _ in body), *tail, []]
        return Block(key, lines, ("\n",) * len(heads) + tuple(joint for _, joint in body))

    def _doubt_lines(self, source: MessageSource | UnsetType) -> StyledLines:
        """Warns of a sender whom nothing proves."""
        if source is UNSET or not source.is_doubtful:
            return []
        lines = wrap_text(message_details.describe_source(source), max(self.width - 3, 20))
        return [[(f" {line}", "warn")] for line in lines]

    def _file_lines(self, attachments: Iterable[AttachmentView], side: str) -> StyledLines:
        """A line for each file; a long name is cut, so that type and size are read."""
        bar = (" " + _BARS[side], side)
        return [[bar, (self._fit_attachment(attachment), "dim")] for attachment in attachments]

    def _fit_attachment(self, attachment: AttachmentView) -> str:
        whole = message_details.describe_attachment(attachment)
        beyond = cell_len(whole) - (self.width - 4)
        if beyond <= 0:
            return whole
        room = max(cell_len(attachment.name) - beyond, 8)
        name = formatting.truncate_text(attachment.name, room)
        return message_details.describe_attachment(replace(attachment, name=name))

    def _failure_lines(self, failed: UndeliveredView) -> StyledLines:
        lines = wrap_text(message_details.describe_failure(failed), max(self.width - 3, 20))
        return [[(f" {line}", "bad")] for line in lines]


def _source_parts(source: MessageSource | UnsetType) -> list[Part]:
    """Says how a text came; a doubtful sender has lines of their own."""
    if source is UNSET or source.is_doubtful:
        return []
    words = message_details.describe_source(source)
    return [(f" · {words}", "dim")] if words else []


def _without_bar(line: list[Part]) -> tuple[str, int]:
    if not line:
        return "", 0
    bar, rest = line[0][0], line[1:]
    if bar.strip() not in _MARGINS:
        return "".join(text for text, _ in line)[1:], 1
    return "".join(text for text, _ in rest), cell_len(bar)


def _remark_block(key: str, text: str) -> Block:
    return Block(key, [[(f" {text}", "dim")], []])
