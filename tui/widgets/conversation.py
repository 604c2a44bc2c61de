"""A ticket's description and messages, scrolled by lines, on Textual's line API."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import ClassVar, Final

from rich.segment import Segment
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from common.wire import MessageView, TicketView
from tui import clock
from tui.keys import KeyContext, list_bindings
from tui.text.timeline import TimelineEntry
from tui.widgets.message_blocks import STYLES, Block, ConversationLayout, Part
from tui.widgets.scrolled_lines import ScrolledLines

_NEAR_TOP: Final = 12


class ConversationPane(ScrolledLines, can_focus=True):
    """Description and messages. Scrolled to the end, it stays there when messages arrive."""

    STYLE_PREFIX = "conversation"
    STYLE_NAMES = STYLES
    BINDINGS: ClassVar[list[BindingType]] = [
        binding
        for binding in list_bindings(KeyContext.READING)
        if getattr(binding, "action", "").startswith(("move", "first", "last", "page"))
    ]

    class NearTop(Message):
        """The conversation is scrolled near its start: older messages are needed."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.ticket: TicketView | None = None
        self._messages: Sequence[MessageView] = ()
        self._is_loaded = False
        self._stories: Sequence[TimelineEntry] = ()
        self._has_older = False
        self._new_after = self._begun_after = 0
        self._me = 0
        self._blocks: list[Block] = []
        self._lines: list[list[Part]] = []
        self._is_placed = False
        self._height = 0
        """The height of the last layout: its end stays in sight when the pane shrinks."""

    def show_conversation(
        self,
        ticket: TicketView | None,
        messages: Sequence[MessageView],
        stories: Sequence[TimelineEntry] = (),
        *,
        is_loaded: bool = True,
        has_older: bool = False,
        new_after: int = 0,
        begun_after: int = 0,
        me: int = 0,
    ) -> None:
        """Shows this conversation; the same one again keeps its place.

        Before it is loaded, the messages are the agent's own unconfirmed ones.
        """
        same = (
            ticket is not None and self.ticket is not None and ticket.number == self.ticket.number
        )
        at_end = self.scroll_y >= self.max_scroll_y
        anchor, before = self._find_anchor() if same else None, self._blocks
        self.ticket, self._messages, self._stories = ticket, messages, stories
        self._has_older, self._new_after, self._me = has_older, new_after, me
        self._begun_after, self._is_loaded = begun_after, is_loaded
        if not same:
            self._is_placed = False
        self._rebuild_lines()
        self._keep_selection(before if same else [])
        self._restore_anchor(anchor, at_end=at_end)

    # -- moving

    def action_move(self, step: int) -> None:
        self._scroll_to_line(self.scroll_y + step)

    def action_page(self, pages: float) -> None:
        self._scroll_to_line(self.scroll_y + pages * max(self.size.height - 1, 1))

    def action_first(self) -> None:
        """Moves to the description; older messages are loaded below it."""
        self._scroll_to_line(0)
        if self._has_older and self.ticket is not None:
            self.post_message(self.NearTop(self.ticket.number))

    def action_last(self) -> None:
        self._scroll_to_line(self.max_scroll_y)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Asks for older messages when their place comes near."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and self._wants_older(new_value) and self.ticket is not None:
            self.post_message(self.NearTop(self.ticket.number))

    def _wants_older(self, top: float) -> bool:
        description = self._blocks[0].height if self._blocks else 0
        return self._has_older and top <= description + _NEAR_TOP

    def _scroll_to_line(self, y: float) -> None:
        self.scroll_to(
            y=max(0, min(round(y), self.max_scroll_y)), animate=False, immediate=True, force=True
        )

    # -- keeping one's place

    def _find_anchor(self) -> tuple[str, int] | None:
        """Returns the first block in sight, and the line of the screen in which it begins."""
        for key, start, height in _block_starts(self._blocks):
            if start + height > self.scroll_y and key not in {"description", "older"}:
                return key, start - int(self.scroll_y)
        return None

    def _restore_anchor(self, anchor: tuple[str, int] | None, *, at_end: bool) -> None:
        if self._is_loaded and not self._is_placed:
            # Before the first layout there is nothing to scroll in: on_resize comes back here.
            self._is_placed = self.size.height > 0
            self._scroll_to_line(self.max_scroll_y if self._messages else 0)
        elif at_end:
            self._scroll_to_line(self.max_scroll_y)
        elif anchor is not None and self.scroll_y > 0:
            self._scroll_to_line(self._block_start(anchor[0]) - anchor[1])

    def _block_start(self, key: str) -> int:
        starts = {key: start for key, start, _ in _block_starts(self._blocks)}
        return starts.get(key, int(self.scroll_y))

    # -- drawing

    def _rebuild_lines(self) -> None:
        width = self.scrollable_content_region.width
        self._blocks = self._build_layout(self.ticket, width).build_blocks() if self.ticket else []
        before, self._lines = self._lines, [line for it in self._blocks for line in it.lines]
        self.set_line_count(len(self._lines))
        self._repaint_changes(before)

    def _repaint_changes(self, before: list[list[Part]]) -> None:
        """Draws the lines anew that read differently; where the pane scrolls, all are drawn."""
        pairs = enumerate(zip_longest(before, self._lines))
        if changed := [place for place, (old, new) in pairs if old != new]:
            self.repaint_lines(changed[0], changed[-1])

    def _build_layout(self, ticket: TicketView, width: int) -> ConversationLayout:
        return ConversationLayout(
            ticket=ticket,
            messages=self._messages,
            is_loaded=self._is_loaded,
            stories=self._stories,
            has_older=self._has_older,
            new_after=self._new_after,
            begun_after=self._begun_after,
            me=self._me,
            width=width,
            now=clock.read_server_time(),
        )

    def on_resize(self) -> None:
        was_end = min(self.max_scroll_y, len(self._lines) - self._height)
        at_end, anchor = self.scroll_y >= was_end, self._find_anchor()
        self._height = self.size.height
        self._rebuild_lines()
        self._keep_selection([])
        self._restore_anchor(anchor, at_end=at_end)

    # -- selecting text

    @property
    def line_count(self) -> int:
        return len(self._lines)

    def copied_lines(self, first: int, last: int) -> list[tuple[str, int, str]]:
        """Returns what was written: no bars, and a paragraph broken for the screen as one line."""
        lines = [line for block in self._blocks for line in block.copied_lines()]
        return lines[first : last + 1]

    def find_passage(self, place: int) -> tuple[int, int]:
        """Returns the lines of the message at a place, without its head."""
        for _, start, height in _block_starts(self._blocks):
            if place < start + height:
                return min(start + 1, place), max(start + height - 2, place)
        return place, place

    def _keep_selection(self, before: list[Block]) -> None:
        """Keeps what is selected on its message when others come in between."""
        places = [(block.key, line) for block in before for line in range(block.height)]
        starts = {key: (start, height) for key, start, height in _block_starts(self._blocks)}

        def moved(place: int) -> int | None:
            key, line = places[place] if place < len(places) else ("", 0)
            start, height = starts.get(key, (0, 0))
            return start + line if line < height else None

        self.move_selection(moved)

    def draw_line(self, place: int) -> Strip:
        """Draws a line of the conversation."""
        width = self.size.width
        parts = self._lines[place] if place < len(self._lines) else []
        segments = [Segment(text, self.find_style(name)) for text, name in parts]
        return Strip(segments).adjust_cell_length(width, self.find_style()).simplify()


def _block_starts(blocks: list[Block]) -> list[tuple[str, int, int]]:
    """Returns each block's key, the line in which it begins, its height."""
    starts, start = [], 0
    for block in blocks:
        starts.append((block.key, start, block.height))
        start += block.height
    return starts
