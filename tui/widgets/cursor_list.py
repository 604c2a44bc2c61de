"""A list with a cursor that is a ticket: moving in it, and standing still while it changes."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final, Generic

from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.timer import Timer

from tui.keys import Context, bindings
from tui.widgets.list_rows import Item, Rows
from tui.widgets.selectable import Selectable

_NEAR_END: Final = 60
MARKS: Final = 3
"""Cells at the start of a row for the cursor and what is new."""
GHOST_SECONDS: Final = 5.0
"""How long a ticket that others took out of the list keeps its line under a resting cursor."""


class CursorList(ScrollView, Selectable, Generic[Item], can_focus=True):
    """Rows, one a line, drawn by who derives from it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Context.LIST)
    SELECTS_WORDS = False

    class Moved(Message):
        """The cursor stands on another ticket, or on none."""

    class NearEnd(Message):
        """The list is scrolled almost to its end: more would be welcome."""

    class Clicked(Message):
        """The selected ticket was clicked again: open it."""

    def __init__(self, latest: Mapping[int, Item]) -> None:
        super().__init__()
        self.rows: Rows[Item] = Rows()
        self.has_more = False
        """The server has more of this list than is here."""
        self._latest = latest
        self._ghost_timer: Timer | None = None
        self._seeks_end = False

    # -- what it shows

    def start(self, tickets: list[Item], cursor: int | None = None) -> None:
        """Show another list, with the cursor on this ticket or on the first."""
        before, self._seeks_end = self.rows.cursor, False
        was = self.rows.tickets
        self.rows.start(tickets, cursor)
        self._move_mark(was)
        self.resized()
        self.scroll_to(y=0, animate=False, immediate=True, force=True)
        self._reveal()
        self.refresh()
        self._tell_moved(before)

    def update_tickets(
        self, tickets: list[Item], changed: Iterable[int], *, hold: bool = True
    ) -> None:
        """Show the list as it is now; the lines around the cursor stay where they are.

        `changed` are drawn anew. Without `hold`, a ticket that left takes its line along.
        """
        before, anchor = self.rows.cursor, self._anchor()
        seeks_end = self._seeks_end and self.has_more
        page = max(self.size.height, 1)
        was = self.rows.tickets
        if self.rows.update(tickets, self._latest, hold=hold, page=page):
            self._move_mark(was)
            self.resized()
            self._hold_still(anchor)
            self.refresh()
        else:
            self.repaint(changed)
        self._watch_ghost()
        self._tell_moved(before)
        if seeks_end:
            self._stand(len(self.rows) - 1)

    @property
    def selected(self) -> Item | None:
        """The ticket under the cursor."""
        return self.rows.selected

    # -- the cursor

    def stand_on(self, number: int) -> None:
        """Move the cursor to a ticket, if it is here."""
        place = self.rows.place(number)
        if place is not None:
            self._stand(place)

    def action_move(self, step: int) -> None:
        self._seeks_end = False
        self._stand((self.rows.place(self.rows.cursor) or 0) + step)

    def action_page(self, pages: float) -> None:
        step = max(int(abs(pages) * self.size.height) - 1, 1)
        self.action_move(step if pages > 0 else -step)

    def action_first(self) -> None:
        self._seeks_end = False
        self._stand(0)

    def action_last(self) -> None:
        """To the last ticket there is, however many pages it takes."""
        self._seeks_end = True
        self._stand(len(self.rows) - 1)

    def on_click(self, event: events.Click) -> None:
        place = event.y + int(self.scroll_y)
        if place >= len(self.rows) or self.text_selection is not None:
            return  # below the rows, or the end of a drag that selected text
        again = self.rows.place(self.rows.cursor) == place
        self._stand(place)
        if again:
            self.post_message(self.Clicked())

    def _stand(self, place: int) -> None:
        before, was = self.rows.cursor, self.rows.tickets
        if self.rows.stand(place):
            self._move_mark(was)
            self.resized()
            self.refresh()
        self.repaint(number for number in (before, self.rows.cursor) if number is not None)
        self._reveal()
        self._tell_moved(before)

    def _tell_moved(self, before: int | None) -> None:
        if self.rows.cursor != before:
            self.post_message(self.Moved())
        self._look_ahead()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """However one comes near the end, more is asked for."""
        super().watch_scroll_y(old_value, new_value)
        self._look_ahead()

    def _look_ahead(self) -> None:
        if self.has_more and int(self.scroll_y) + self.size.height + _NEAR_END >= len(self.rows):
            self.post_message(self.NearEnd())

    # -- standing still while the list moves

    def _anchor(self) -> tuple[int | None, int]:
        """The ticket whose line is to stay, and that line."""
        top = int(self.scroll_y)
        place = self.rows.place(self.rows.cursor)
        if place is None or not top <= place < top + self.size.height:
            place = top if top < len(self.rows) else None
        return (None, 0) if place is None else (self.rows.tickets[place].number, place - top)

    def _hold_still(self, anchor: tuple[int | None, int]) -> None:
        number, line = anchor
        place = self.rows.place(number)
        # At the very top, what is new appears; further down it waits above (↑3 new).
        if place is not None and self.scroll_y > 0:
            self.scroll_to(y=max(place - line, 0), animate=False, immediate=True, force=True)
        else:
            self._reveal()

    def _reveal(self) -> None:
        place = self.rows.place(self.rows.cursor) or 0
        top, height = int(self.scroll_y), max(self.size.height, 1)
        if place < top:
            self.scroll_to(y=place, animate=False, immediate=True, force=True)
        elif place >= top + height:
            self.scroll_to(y=place - height + 1, animate=False, immediate=True, force=True)

    def _watch_ghost(self) -> None:
        if self._ghost_timer is not None:
            self._ghost_timer.stop()
            self._ghost_timer = None
        if self.rows.ghost is not None:
            self._ghost_timer = self.set_timer(GHOST_SECONDS, self._lay_ghost)

    def _lay_ghost(self) -> None:
        before, anchor = self.rows.cursor, self._anchor()
        was = self.rows.tickets
        if self.rows.lay_ghost():
            self._move_mark(was)
            self.resized()
            self._hold_still(anchor)
            self.refresh()
            self._tell_moved(before)

    # -- selecting text

    @property
    def line_count(self) -> int:
        return len(self.rows)

    def copied_lines(self, first: int, last: int) -> list[tuple[str, int, str]]:
        """Returns the rows as they are drawn, without the marks before them."""
        drawn = [self.draw_line(place).text for place in range(first, last + 1)]
        return [(text[MARKS:], MARKS, "\n") for text in drawn]

    def _move_mark(self, was: list[Item]) -> None:
        def moved(place: int) -> int | None:
            return self.rows.place(was[place].number) if place < len(was) else None

        self.move_selection(moved)

    # -- painting

    def resized(self) -> None:
        """There are more rows or fewer, or the place for them is another."""
        self.virtual_size = Size(0, len(self.rows))

    def repaint(self, numbers: Iterable[int]) -> None:
        """Draw these tickets' lines anew, where they are in sight."""
        top, height = int(self.scroll_y), self.size.height
        for number in numbers:
            place = self.rows.place(number)
            if place is not None and top <= place < top + height:
                self.refresh_line(place)
