"""Draws a sheet on Textual's line API: a changed number redraws one line, the cursor stays."""

from collections.abc import Hashable
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from tui.keys import KeyContext, list_bindings
from tui.reports.sheet import Sheet, Spot
from tui.widgets.fixed_line import STYLES as LINE_STYLES
from tui.widgets.scrolled_lines import ScrolledLines

_LINES_AROUND: Final = 2


class SheetView(ScrolledLines, can_focus=True):
    """Numbers with a cursor, which is the identity of a number, so that no change moves it."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.SHEET)
    SELECTS_WORDS = False
    STYLE_PREFIX = "sheet"
    STYLE_NAMES = LINE_STYLES | {"bar", "cursor"}

    class CellChanged(Message):
        """The cursor is on another number, or on none."""

    class NearSheetEnd(Message):
        """The cursor is almost at the end: the next page is needed."""

    class CellClicked(Message):
        """The number under the cursor was clicked again, which opens it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.sheet = Sheet()
        self._place = 0
        self._parked: Hashable | None = None
        """The cursor's cell before a sheet without numbers."""

    def show_sheet(self, sheet: Sheet) -> None:
        """Shows another state of the sheet; only lines that read differently are drawn anew."""
        cell, old, was = self.cell, self.sheet, self._current_spot
        if not sheet.spots and cell is not None:
            self._parked = cell
        cell = self._parked if cell is None else cell
        self.sheet = sheet
        found = sheet.find_spot(cell) if cell is not None else None
        self._place = min(self._place, max(len(sheet.spots) - 1, 0)) if found is None else found
        if len(sheet.lines) != len(old.lines):
            self.set_line_count(len(sheet.lines))
            self.move_selection(lambda _place: None)
        self._keep_cursor_line(was)
        self._repaint_changed(old)
        if self.cell != cell:
            self.post_message(self.CellChanged())

    def reset_cursor(self) -> None:
        """Stands on the first number."""
        self._place, self._parked = 0, None
        self.scroll_to(y=0, animate=False, immediate=True, force=True)

    # -- the cursor

    @property
    def cell(self) -> Hashable | None:
        """The cell under the cursor."""
        return self._current_spot.cell if self._current_spot else None

    @property
    def _current_spot(self) -> Spot | None:
        spots = self.sheet.spots
        return spots[self._place] if self._place < len(spots) else None

    def action_line(self, lines: int) -> None:
        if self.sheet.spots:
            self._move_cursor(self.sheet.move_by_lines(self._place, lines))

    def action_page(self, pages: float) -> None:
        """Moves by so many pages of lines, to the nearest number."""
        if self._current_spot is None:
            return
        wanted = self._current_spot.y + int(pages * self.size.height)
        rows = sorted({spot.y for spot in self.sheet.spots})
        nearest = min(rows, key=lambda row: abs(row - wanted))
        self.action_line(rows.index(nearest) - rows.index(self._current_spot.y))

    def action_beside(self, step: int) -> None:
        self._move_cursor(self._place + step)

    def action_chapter(self, step: int) -> None:
        if self.sheet.spots:
            self._move_cursor(self.sheet.move_by_chapter(self._place, step))

    def action_first(self) -> None:
        self._move_cursor(0)
        self.scroll_to(y=0, animate=False, immediate=True, force=True)

    def action_last(self) -> None:
        self._move_cursor(len(self.sheet.spots) - 1)

    def on_click(self, event: events.Click) -> None:
        if self.text_selection is not None:
            return  # the end of a drag that selected text
        x, y = event.x, event.y + int(self.scroll_y)
        hit = [
            place
            for place, spot in enumerate(self.sheet.spots)
            if spot.y == y and spot.x - 1 <= x <= spot.x + spot.width
        ]
        if hit and hit[0] == self._place:
            self.post_message(self.CellClicked())
        elif hit:
            self._move_cursor(hit[0])

    def _move_cursor(self, place: int) -> None:
        spots = self.sheet.spots
        if not spots:
            return
        before, self._place = self._current_spot, max(0, min(place, len(spots) - 1))
        for spot in (before, self._current_spot):
            if spot is not None:
                self.refresh_line(spot.y)
        self._scroll_to_cursor()
        if before is not self._current_spot:
            self.post_message(self.CellChanged())
        if self._place >= len(spots) - max(self.size.height, 1):
            self.post_message(self.NearSheetEnd())

    # -- what can be seen

    def _keep_cursor_line(self, was: Spot | None) -> None:
        """Scrolls so that the cursor's line stays where it is when lines come above it."""
        if was is not None and self._current_spot is not None and self.scroll_y > 0:
            shift = self._current_spot.y - was.y
            if shift:
                self._scroll_to_line(int(self.scroll_y) + shift)
        self._scroll_to_cursor()

    def _scroll_to_cursor(self) -> None:
        if self._current_spot is None:
            return
        y, top, height = self._current_spot.y, int(self.scroll_y), max(self.size.height, 1)
        # A heading above, and labels below a chart, stay in sight where there is room.
        chapter = max((line for line in self.sheet.chapters if line <= y), default=y)
        first = chapter if y - chapter < height - _LINES_AROUND else y - 1
        last = min(y + 1, len(self.sheet.lines) - 1)
        if first < top:
            self._scroll_to_line(max(first, 0))
        elif last >= top + height:
            self._scroll_to_line(last - height + 1)

    def _scroll_to_line(self, y: int) -> None:
        self.scroll_to(y=max(y, 0), animate=False, immediate=True, force=True)

    def _repaint_changed(self, old: Sheet) -> None:
        new, rows = self.sheet.lines, old.lines
        top = int(self.scroll_y)
        for y in range(top, top + self.size.height):
            before, after = rows[y : y + 1], new[y : y + 1]
            if before != after or (self._current_spot and self._current_spot.y == y):
                self.refresh_line(y)

    def on_resize(self) -> None:
        self._scroll_to_cursor()

    # -- selecting text

    @property
    def line_count(self) -> int:
        return len(self.sheet.lines)

    def draw_line(self, place: int) -> Strip:
        """Draws a line of the sheet, with the cursor where it is on it."""
        parts = self.sheet.lines[place] if place < len(self.sheet.lines) else []
        spot = self._current_spot if self._current_spot and self._current_spot.y == place else None
        segments = [Segment(text, self.find_style(style)) for text, style in parts]
        strip = Strip(segments).adjust_cell_length(self.size.width, self.find_style())
        return (self._mark_spot(strip, spot) if spot and self.has_focus else strip).simplify()

    def _mark_spot(self, strip: Strip, spot: Spot) -> Strip:
        """Marks the cursor by a sign and by another background: either alone is enough."""
        style, start = self.find_style("cursor"), spot.x if spot.is_column else spot.x - 1
        end = spot.x + spot.width
        text = strip.crop(spot.x, end).text
        marked = "▲" * cell_len(text) if spot.is_column else f"▸{text}"
        middle = Strip([Segment(marked, style)])
        return Strip.join([strip.crop(0, start), middle, strip.crop(end)])

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
