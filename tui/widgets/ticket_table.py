"""The live list of tickets, on Textual's line API: one change redraws one line."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from common.wire import TicketView
from tui import clock
from tui.model.list_settings import ColumnList
from tui.model.marked_tickets import MarkedTickets
from tui.model.next_sla import find_next_target
from tui.model.preview_split import ListExtent
from tui.widgets.changed_cells import find_changed_cells
from tui.widgets.column_layout import ColumnLayout, find_required_width, lay_out_columns
from tui.widgets.cursor_list import CursorList
from tui.widgets.seconds_ticker import SecondsTicker
from tui.widgets.ticket_row import STYLES, TicketRow

_MEASURED_TICKETS: Final = 500
"""Tickets whose subjects are measured."""
_LITTLE_EXTRA_WIDTH: Final = 6
"""Extra cells for which the column is made wide enough for the longest subject."""
_USUAL_SUBJECT_WIDTH: Final = 32
"""The usual width of subjects, for those that are loaded later."""

_DRAWN_ROWS: Final = 500
"""Rows whose drawing is kept: some pages, however far one scrolls."""


class TicketTable(CursorList[TicketView]):
    """Tickets, one a line; the cursor is on a ticket (see ListRows)."""

    STYLE_PREFIX = "ticket-table"
    STYLE_NAMES = STYLES | {"cursor"}

    class ColumnsChanged(Message):
        """The columns have other widths."""

    def __init__(self, latest: Mapping[int, TicketView]) -> None:
        super().__init__(latest)
        self.me = 0
        self.empty = ""
        self.by_change = False
        self.chosen_columns: ColumnList = ()
        """The columns that the agent has chosen; none: the program's."""
        self.list_news: Callable[[], set[int]] = set
        """Returns the numbers of the tickets with news, in this list or not."""
        self.marks = MarkedTickets()
        self.draft_sign: Callable[[TicketView], str] = lambda _ticket: ""
        self.columns = lay_out_columns(80, 3)
        self._subject = self._longest = 0
        """The cells in which nine of ten subjects fit, and in which all do."""
        self._strips: dict[int, tuple[tuple[object, ...], Strip]] = {}
        self._ticking = SecondsTicker(self.set_timer, self._tick_clocks)

    @property
    def news_outside(self) -> tuple[int, int]:
        """The numbers of tickets with news above and below the rows in sight."""
        top, numbers, news = int(self.scroll_y), self.rows.tickets.numbers, self.list_news()
        if not news:
            return 0, 0
        above = len(news.intersection(numbers[:top]))
        return above, len(news.intersection(numbers[top + self.size.height :]))

    @property
    def content_extent(self) -> ListExtent:
        """Columns in which most of the subjects stand whole, and all of them; the rows."""
        return self.measure_extent(self.chosen_columns)

    def measure_extent(self, columns: ColumnList) -> ListExtent:
        """Returns the extent that the list would have with these columns."""
        most, longest = (
            find_required_width(
                self._number_digits,
                self._subject,
                subject,
                columns,
                by_change=self.by_change,
            )
            + self.styles.scrollbar_size_vertical
            for subject in (self._subject, self._longest)
        )
        return ListExtent(most, longest, len(self.rows))

    @property
    def _number_digits(self) -> int:
        return len(str(self.rows.tickets.highest_number))

    def measure_subjects(self, tickets: Sequence[TicketView]) -> None:
        """Lets these subjects say how wide their column should be, until others do."""
        widths = sorted(cell_len(ticket.subject) for ticket in tickets[:_MEASURED_TICKETS])
        most = max(widths[len(widths) * 9 // 10] if widths else 0, _USUAL_SUBJECT_WIDTH)
        self._longest = max(widths[-1] if widths else 0, _USUAL_SUBJECT_WIDTH)
        self._subject = self._longest if self._longest - most <= _LITTLE_EXTRA_WIDTH else most

    def repaint_ages(self) -> None:
        """Draws the lines anew whose age reads differently now."""
        for row in self._stale_rows():
            self.repaint_rows((row.ticket.number,))

    def repaint_rows(self, numbers: Iterable[int | None]) -> None:
        """Draws these tickets' lines anew where they are in sight, and sends the changed cells."""
        wanted = set(numbers)
        for line, number in enumerate(self.visible_numbers):
            if number in wanted:
                self._repaint_row(line, number)

    def _repaint_row(self, line: int, number: int) -> None:
        known = self._strips.get(number)
        strip = self.draw_line(int(self.scroll_y) + line)
        cells = range(self.size.width) if known is None else find_changed_cells(known[1], strip)
        if cells:
            self.refresh(Region(cells.start, line, len(cells), 1))

    def _tick_clocks(self) -> bool:
        """Draws the clocks anew that read differently now. False: none counts in sight."""
        if not self.screen.is_current:
            return False  # covered: drawn, and ticking, when seen again
        for row in self._stale_rows():
            self._repaint_clock(row.ticket.number)
        return any(map(find_next_target, self._visible_tickets()))

    def _stale_rows(self) -> Iterator[TicketRow]:
        """Returns the rows in sight that have changed since they were drawn."""
        now = clock.read_server_time()
        for ticket in self._visible_tickets():
            row, known = self._build_row(ticket, now), self._strips.get(ticket.number)
            if known is not None and known[0] != row.signature:
                yield row

    def _visible_tickets(self) -> list[TicketView]:
        top = int(self.scroll_y)
        return self.rows.tickets[top : top + self.size.height]

    def _repaint_clock(self, number: int) -> None:
        place, columns = self.rows.find_place(number), self.columns
        if place is not None:
            line = place - int(self.scroll_y)
            self.refresh(
                Region(columns.clock_start, line, self.size.width - columns.clock_start, 1)
            )

    def draw_line(self, place: int) -> Strip:
        """Draws a row, or what an empty list says."""
        width = self.size.width
        if place >= len(self.rows):
            return self._empty_line(place, width)
        row = self._build_row(self.rows.tickets[place], clock.read_server_time())
        if find_next_target(row.ticket):
            self._ticking.ensure_running()
        known = self._strips.get(row.ticket.number)
        if known is None or known[0] != row.signature:
            if len(self._strips) >= _DRAWN_ROWS:
                self._strips.clear()
            known = (row.signature, self._draw_row(row, width))
            self._strips[row.ticket.number] = known
        return known[1]

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        self.update_virtual_size()
        self._scroll_to_cursor()

    def _build_row(self, ticket: TicketView, now: datetime) -> TicketRow:
        number = ticket.number
        return TicketRow(
            ticket=ticket,
            now=now,
            me=self.me,
            selected=number == self.rows.cursor,
            news=number in self.list_news(),
            marked=number in self.marks.numbers,
            draft=self.draft_sign(ticket),
            gone=number == self.rows.ghost,
        )

    def _draw_row(self, row: TicketRow, width: int) -> Strip:
        parts = row.build_parts(self.columns)
        line = ("cursor",) if row.selected else ()
        segments = [Segment(text, self.find_style(*line, name)) for text, name in parts]
        blank = self.find_style(*line, "subject")
        return Strip(segments).adjust_cell_length(width, blank).simplify()

    def _empty_line(self, place: int, width: int) -> Strip:
        text = f"   {self.empty}" if place == 1 and not self.rows.tickets else ""
        strip = Strip([Segment(text, self.find_style("age"))])
        return strip.adjust_cell_length(width, self.find_style())

    def lay_out_in(self, width: int, columns: ColumnList) -> ColumnLayout:
        """Returns these columns in rows so wide."""
        return lay_out_columns(
            width,
            self._number_digits,
            self._subject,
            columns,
            by_change=self.by_change,
        )

    def update_virtual_size(self) -> None:
        """Adapts the columns to the width and to the longest number."""
        width = self.scrollable_content_region.width
        columns = self.lay_out_in(width, self.chosen_columns)
        if columns != self.columns:
            self.columns = columns
            self._strips.clear()
            self.refresh()  # it may have been drawn in its new size before the resize event
            self.post_message(self.ColumnsChanged())
        super().update_virtual_size()
