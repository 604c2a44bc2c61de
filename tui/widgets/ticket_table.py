"""The live list of tickets, on Textual's line API: one change repaints one line."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from common.wire import TicketView
from tui import clock
from tui.keys import Context, bindings
from tui.widgets.rows import Rows
from tui.widgets.ticket_row import STYLES, Columns, Row

_NEAR_END: Final = 60
GHOST_SECONDS: Final = 5.0
"""How long a ticket that others took out of the list keeps its line under a resting cursor."""


class TicketTable(ScrollView, can_focus=True):
    """Tickets, one a line; the cursor is a ticket (see rows)."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "ticket-table--cursor",
        *(f"ticket-table--{style}" for style in STYLES),
    }
    BINDINGS: ClassVar[list[BindingType]] = bindings(Context.LIST)

    class Moved(Message):
        """The cursor stands on another ticket, or on none."""

    class NearEnd(Message):
        """The list is scrolled almost to its end: more would be welcome."""

    class Reshaped(Message):
        """The columns have other widths."""

    class Clicked(Message):
        """The selected ticket was clicked again: open it."""

    def __init__(self, latest: Mapping[int, TicketView]) -> None:
        super().__init__()
        self.rows = Rows()
        self.me = 0
        self.empty = ""
        self.by_change = False
        self.has_more = False
        """The server has more of this list than is here."""
        self.has_news: Callable[[TicketView], bool] = lambda _ticket: False
        self.columns = Columns.of(80, 3)
        self._latest = latest
        self._strips: dict[int, tuple[tuple[object, ...], Strip]] = {}
        self._styles: dict[tuple[str, bool], Style] = {}
        self._ghost_timer: Timer | None = None
        self._seeks_end = False

    # -- what it shows

    def start(self, tickets: list[TicketView], cursor: int | None = None) -> None:
        """Show another list, with the cursor on this ticket or on the first."""
        before, self._seeks_end = self.rows.cursor, False
        self.rows.start(tickets, cursor)
        self._resized()
        self.scroll_to(y=0, animate=False, immediate=True, force=True)
        self._reveal()
        self.refresh()
        self._tell_moved(before)

    def update_tickets(
        self, tickets: list[TicketView], changed: Iterable[int], *, hold: bool = True
    ) -> None:
        """Show the list as it is now; the lines around the cursor stay where they are.

        `changed` are drawn anew. Without `hold`, a ticket that left takes its line along.
        """
        before, anchor = self.rows.cursor, self._anchor()
        seeks_end = self._seeks_end and self.has_more
        if self.rows.update(tickets, self._latest, hold=hold):
            self._resized()
            self._hold_still(anchor)
            self.refresh()
        else:
            self._repaint(changed)
        self._watch_ghost()
        self._tell_moved(before)
        if seeks_end:
            self._stand(len(self.rows) - 1)

    @property
    def selected(self) -> TicketView | None:
        """The ticket under the cursor."""
        return self.rows.selected

    @property
    def news_outside(self) -> tuple[int, int]:
        """How many tickets with news stand above and below what can be seen."""
        top, tickets = int(self.scroll_y), self.rows.tickets
        above = sum(map(self.has_news, tickets[:top]))
        return above, sum(map(self.has_news, tickets[top + self.size.height :]))

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
        if place >= len(self.rows):
            return
        again = self.rows.place(self.rows.cursor) == place
        self._stand(place)
        if again:
            self.post_message(self.Clicked())

    def _stand(self, place: int) -> None:
        before = self.rows.cursor
        if self.rows.stand(place):
            self._resized()
            self.refresh()
        self._repaint(number for number in (before, self.rows.cursor) if number is not None)
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
        if self.rows.lay_ghost():
            self._resized()
            self._hold_still(anchor)
            self.refresh()
            self._tell_moved(before)

    # -- drawing

    def tick(self) -> None:
        """Draw the lines anew whose age reads differently now."""
        now, top = clock.now(), int(self.scroll_y)
        for ticket in self.rows.tickets[top : top + self.size.height]:
            row, known = self._row(ticket, now), self._strips.get(ticket.number)
            if known is not None and known[0] != row.signature:
                self._repaint((ticket.number,))

    def render_line(self, y: int) -> Strip:
        place, width = int(self.scroll_y) + y, self.size.width
        if place >= len(self.rows):
            return self._empty_line(y, width)
        row = self._row(self.rows.tickets[place], clock.now())
        known = self._strips.get(row.ticket.number)
        if known is None or known[0] != row.signature:
            known = (row.signature, self._draw(row, width))
            self._strips[row.ticket.number] = known
        return known[1]

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def on_resize(self) -> None:
        self._resized()
        self._reveal()

    def _row(self, ticket: TicketView, now: datetime) -> Row:
        number = ticket.number
        return Row(
            ticket=ticket,
            now=now,
            since=ticket.updated_at if self.by_change else ticket.created_at,
            me=self.me,
            selected=number == self.rows.cursor,
            news=self.has_news(ticket),
            gone=number == self.rows.ghost,
        )

    def _draw(self, row: Row, width: int) -> Strip:
        parts = row.parts(self.columns)
        segments = [Segment(text, self._style(name, selected=row.selected)) for text, name in parts]
        blank = self._style("subject", selected=row.selected)
        return Strip(segments).adjust_cell_length(width, blank).simplify()

    def _empty_line(self, y: int, width: int) -> Strip:
        text = f"   {self.empty}" if y == 1 and not self.rows.tickets else ""
        return Strip([Segment(text, self._style("age", selected=False))]).adjust_cell_length(
            width, self.rich_style
        )

    def _style(self, name: str, *, selected: bool) -> Style:
        style = self._styles.get((name, selected))
        if style is None:
            base = (
                self.get_component_rich_style("ticket-table--cursor")
                if selected
                else self.rich_style
            )
            style = base + self.get_component_rich_style(f"ticket-table--{name}", partial=True)
            self._styles[name, selected] = style
        return style

    def _repaint(self, numbers: Iterable[int]) -> None:
        top, height = int(self.scroll_y), self.size.height
        for number in numbers:
            place = self.rows.place(number)
            if place is not None and top <= place < top + height:
                self.refresh_line(place)

    def _resized(self) -> None:
        newest = max((ticket.number for ticket in self.rows.tickets), default=0)
        columns = Columns.of(self.scrollable_content_region.width, len(str(newest)))
        if columns != self.columns:
            self.columns = columns
            self._strips.clear()
            self.post_message(self.Reshaped())
        self.virtual_size = Size(0, len(self.rows))
