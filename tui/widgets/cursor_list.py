"""A list whose cursor is on a ticket, and stays in place while the list changes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import ClassVar, Final, Generic

from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.timer import Timer

from tui.keys import KeyContext, list_bindings
from tui.model.numbered_list import Item
from tui.widgets.list_rows import ListRows
from tui.widgets.scrolled_lines import ScrolledLines

_NEAR_END: Final = 60
MARKS_WIDTH: Final = 3
"""Cells at the start of a row, for the cursor and the mark of news."""
GHOST_SECONDS: Final = 5.0
"""Seconds for which a ticket that left the list keeps its line under a resting cursor."""


class CursorList(ScrolledLines, Generic[Item], can_focus=True):
    """Rows of one line each, drawn by subclasses."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.LIST)
    SELECTS_WORDS = False

    class CursorMoved(Message):
        """The cursor is on another ticket, or on none."""

    class NearListEnd(Message):
        """The list is scrolled almost to its end: the next page is needed."""

    class RowClicked(Message):
        """The selected ticket was clicked again, which opens it."""

    def __init__(self, latest: Mapping[int, Item]) -> None:
        super().__init__()
        self.rows: ListRows[Item] = ListRows()
        self.has_more = False
        """Returns whether the server has more of this list than is loaded."""
        self.latest = latest
        """Every item by its number, also those that are not in the list."""
        self._ghost_timer: Timer | None = None
        self._seeks_end = False

    # -- what it shows

    def set_items(self, tickets: Sequence[Item], cursor: int | None = None) -> None:
        """Shows another list, with the cursor on this ticket or on the first."""
        before, self._seeks_end = self.rows.cursor, False
        was = self.rows.tickets.numbers
        self.rows.set_items(tickets, cursor)
        self._keep_selection(was)
        self.update_virtual_size()
        self.scroll_to(y=0, animate=False, immediate=True, force=True)
        self._scroll_to_cursor()
        self.refresh()
        self._post_cursor_moved(before)

    def update_items(
        self, tickets: Sequence[Item], changed: Iterable[int], *, hold: bool = True
    ) -> None:
        """Shows the list as it is now; the lines around the cursor stay where they are.

        `changed` are drawn anew. Without `hold`, a ticket that left takes its line along.
        """
        before, ghost, anchor = self.rows.cursor, self.rows.ghost, self._find_anchor()
        seeks_end = self._seeks_end and self.has_more
        page = max(self.size.height, 1)
        was, shown = self.rows.tickets.numbers, self.visible_numbers
        if self.rows.update_items(tickets, self.latest, hold=hold, page=page):
            self._keep_selection(was)
            self.update_virtual_size()
            self._restore_anchor(anchor)
            self._repaint_moved(shown)
        self.repaint_rows([*changed, before, ghost, self.rows.cursor, self.rows.ghost])
        self._restart_ghost_timer()
        self._post_cursor_moved(before)
        if seeks_end:
            self._move_cursor(len(self.rows) - 1)

    @property
    def selected(self) -> Item | None:
        """The ticket under the cursor."""
        return self.rows.selected

    # -- the cursor

    def move_cursor_to(self, number: int) -> None:
        """Moves the cursor to a ticket, if it is here."""
        place = self.rows.find_place(number)
        if place is not None:
            self._move_cursor(place)

    def action_move(self, step: int) -> None:
        self._seeks_end = False
        self._move_cursor((self.rows.find_place(self.rows.cursor) or 0) + step)

    def action_page(self, pages: float) -> None:
        step = max(int(abs(pages) * self.size.height) - 1, 1)
        self.action_move(step if pages > 0 else -step)

    def action_first(self) -> None:
        self._seeks_end = False
        self._move_cursor(0)

    def action_last(self) -> None:
        """Moves to the last ticket of the list, and loads as many pages as it takes."""
        self._seeks_end = True
        self._move_cursor(len(self.rows) - 1)

    def on_click(self, event: events.Click) -> None:
        place = event.y + int(self.scroll_y)
        if place >= len(self.rows) or self.text_selection is not None:
            return  # below the rows, or the end of a drag that selected text
        again = self.rows.find_place(self.rows.cursor) == place
        self._move_cursor(place)
        if again:
            self.post_message(self.RowClicked())

    def _move_cursor(self, place: int) -> None:
        before, was = self.rows.cursor, self.rows.tickets.numbers
        if self.rows.move_cursor(place):
            self._keep_selection(was)
            self.update_virtual_size()
            self.refresh()
        self.repaint_rows((before, self.rows.cursor))
        self._scroll_to_cursor()
        self._post_cursor_moved(before)

    def _post_cursor_moved(self, before: int | None) -> None:
        if self.rows.cursor != before:
            self.post_message(self.CursorMoved())
        self._request_more()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Requests the next page when the end comes near."""
        super().watch_scroll_y(old_value, new_value)
        self._request_more()

    def _request_more(self) -> None:
        if self.has_more and int(self.scroll_y) + self.size.height + _NEAR_END >= len(self.rows):
            self.post_message(self.NearListEnd())

    # -- standing still while the list moves

    def _find_anchor(self) -> tuple[int | None, int]:
        """Returns the ticket whose line must stay where it is, and that line."""
        top = int(self.scroll_y)
        place = self.rows.find_place(self.rows.cursor)
        if place is None or not top <= place < top + self.size.height:
            place = top if top < len(self.rows) else None
        return (None, 0) if place is None else (self.rows.tickets.numbers[place], place - top)

    def _restore_anchor(self, anchor: tuple[int | None, int]) -> None:
        number, line = anchor
        place = self.rows.find_place(number)
        # At the very top, what is new appears; further down it waits above (↑3 new).
        if place is not None and self.scroll_y > 0:
            self.scroll_to(y=max(place - line, 0), animate=False, immediate=True, force=True)
        else:
            self._scroll_to_cursor()

    def _scroll_to_cursor(self) -> None:
        place = self.rows.find_place(self.rows.cursor) or 0
        top, height = int(self.scroll_y), max(self.size.height, 1)
        if place < top:
            self.scroll_to(y=place, animate=False, immediate=True, force=True)
        elif place >= top + height:
            self.scroll_to(y=place - height + 1, animate=False, immediate=True, force=True)

    def _restart_ghost_timer(self) -> None:
        if self._ghost_timer is not None:
            self._ghost_timer.stop()
            self._ghost_timer = None
        if self.rows.ghost is not None:
            self._ghost_timer = self.set_timer(GHOST_SECONDS, self._remove_ghost)

    def _remove_ghost(self) -> None:
        before, anchor = self.rows.cursor, self._find_anchor()
        was = self.rows.tickets.numbers
        if self.rows.remove_ghost():
            self._keep_selection(was)
            self.update_virtual_size()
            self._restore_anchor(anchor)
            self.refresh()
            self._post_cursor_moved(before)

    # -- selecting text

    @property
    def line_count(self) -> int:
        return len(self.rows)

    def copied_lines(self, first: int, last: int) -> list[tuple[str, int, str]]:
        """Returns the rows as they are drawn, without the marks before them."""
        drawn = [self.draw_line(place).text for place in range(first, last + 1)]
        return [(text[MARKS_WIDTH:], MARKS_WIDTH, "\n") for text in drawn]

    def _keep_selection(self, was: list[int]) -> None:
        def moved(place: int) -> int | None:
            return self.rows.find_place(was[place]) if place < len(was) else None

        self.move_selection(moved)

    # -- painting

    def update_virtual_size(self) -> None:
        """Adapts to another number of rows, or to another size of the list."""
        self.set_line_count(len(self.rows))

    def _repaint_moved(self, before: Sequence[int]) -> None:
        """Draws the lines anew that had another row before; if the list scrolls, all are drawn."""
        now = self.visible_numbers
        if not before or not now:
            self.refresh()  # an empty list says so in a line of its own
        for line, (old, new) in enumerate(zip_longest(before, now)):
            if old != new:
                self.refresh(Region(0, line, self.size.width, 1))

    def repaint_rows(self, numbers: Iterable[int | None]) -> None:
        """Draws these tickets' lines anew, where they are in sight."""
        top, wanted = int(self.scroll_y), set(numbers)
        for place, number in enumerate(self.visible_numbers, top):
            if number in wanted:
                self.refresh_line(place)

    @property
    def line_width(self) -> int:
        """The cells of a line that no scrollbar covers."""
        return int(self.scrollable_content_region.width)

    @property
    def visible_numbers(self) -> list[int]:
        """The numbers of the rows in sight, from the top."""
        top = int(self.scroll_y)
        return self.rows.tickets.numbers[top : top + self.size.height]
