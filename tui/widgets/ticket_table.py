"""The live list of tickets, on Textual's line API: one change repaints one line."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from common.wire import TicketView
from tui import clock
from tui.model.next_sla import running
from tui.model.split import Content
from tui.widgets.cursor_list import CursorList
from tui.widgets.seconds_ticker import Ticking
from tui.widgets.ticket_row import STYLES, Columns, Row

_MEASURED: Final = 500
"""Tickets whose subjects are measured."""
_LITTLE: Final = 6
"""Cells more that the longest subject may have to count as one of most."""
_USUAL: Final = 32
"""Cells that subjects may need which come later."""


class TicketTable(CursorList[TicketView]):
    """Tickets, one a line; the cursor is a ticket (see rows)."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "ticket-table--cursor",
        *(f"ticket-table--{style}" for style in STYLES),
    }

    class Reshaped(Message):
        """The columns have other widths."""

    def __init__(self, latest: Mapping[int, TicketView]) -> None:
        super().__init__(latest)
        self.me = 0
        self.empty = ""
        self.by_change = False
        self.has_news: Callable[[TicketView], bool] = lambda _ticket: False
        self.draft_sign: Callable[[TicketView], str] = lambda _ticket: ""
        self.columns = Columns.of(80, 3)
        self._subject = self._longest = 0
        """Cells in which nine of ten subjects stand whole, and in which all do."""
        self._strips: dict[int, tuple[tuple[object, ...], Strip]] = {}
        self._styles: dict[tuple[str, bool], Style] = {}
        self._ticking = Ticking(self.set_timer, self._count)

    @property
    def news_outside(self) -> tuple[int, int]:
        """How many tickets with news stand above and below what can be seen."""
        top, tickets = int(self.scroll_y), self.rows.tickets
        above = sum(map(self.has_news, tickets[:top]))
        return above, sum(map(self.has_news, tickets[top + self.size.height :]))

    @property
    def content(self) -> Content:
        """Columns in which most of the subjects stand whole, and all of them; the rows."""
        most, longest = (
            Columns.needed(self._digits, self._subject, subject, by_change=self.by_change)
            + self.styles.scrollbar_size_vertical
            for subject in (self._subject, self._longest)
        )
        return Content(most, longest, len(self.rows))

    @property
    def _digits(self) -> int:
        return len(str(max((ticket.number for ticket in self.rows.tickets), default=0)))

    def measure(self, tickets: list[TicketView]) -> None:
        """Lets these subjects say how wide their column should be, until others do."""
        widths = sorted(cell_len(ticket.subject) for ticket in tickets[:_MEASURED])
        most = max(widths[len(widths) * 9 // 10] if widths else 0, _USUAL)
        self._longest = max(widths[-1] if widths else 0, _USUAL)
        self._subject = self._longest if self._longest - most <= _LITTLE else most

    def tick(self) -> None:
        """Draw the lines anew whose age reads differently now."""
        for row in self._old_rows():
            self.repaint((row.ticket.number,))

    def _count(self) -> bool:
        """Draw the clocks anew that read differently now. False: none counts in sight."""
        if not self.screen.is_current:
            return False  # what is covered is drawn when it is seen again, and wakes then
        for row in self._old_rows():
            self._repaint_clock(row.ticket.number)
        return any(map(running, self._in_sight()))

    def _old_rows(self) -> Iterator[Row]:
        """The rows in sight that are drawn otherwise than they now are."""
        now = clock.now()
        for ticket in self._in_sight():
            row, known = self._row(ticket, now), self._strips.get(ticket.number)
            if known is not None and known[0] != row.signature:
                yield row

    def _in_sight(self) -> list[TicketView]:
        top = int(self.scroll_y)
        return self.rows.tickets[top : top + self.size.height]

    def _repaint_clock(self, number: int) -> None:
        place, columns = self.rows.place(number), self.columns
        if place is not None:
            line = place - int(self.scroll_y)
            self.refresh(Region(columns.clock_at, line, self.size.width - columns.clock_at, 1))

    def draw_line(self, place: int) -> Strip:
        """Draws a row, or what an empty list says."""
        width = self.size.width
        if place >= len(self.rows):
            return self._empty_line(place, width)
        row = self._row(self.rows.tickets[place], clock.now())
        if running(row.ticket):
            self._ticking.wake()
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
        self.resized()
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
            draft=self.draft_sign(ticket),
            gone=number == self.rows.ghost,
        )

    def _draw(self, row: Row, width: int) -> Strip:
        parts = row.parts(self.columns)
        segments = [Segment(text, self._style(name, selected=row.selected)) for text, name in parts]
        blank = self._style("subject", selected=row.selected)
        return Strip(segments).adjust_cell_length(width, blank).simplify()

    def _empty_line(self, place: int, width: int) -> Strip:
        text = f"   {self.empty}" if place == 1 and not self.rows.tickets else ""
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

    def resized(self) -> None:
        """The columns follow the width and the longest number."""
        width = self.scrollable_content_region.width
        columns = Columns.of(width, self._digits, self._subject, by_change=self.by_change)
        if columns != self.columns:
            self.columns = columns
            self._strips.clear()
            self.refresh()  # it may have been drawn in its new size before it was told of it
            self.post_message(self.Reshaped())
        super().resized()
