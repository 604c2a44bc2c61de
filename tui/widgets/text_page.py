"""A page of text lines that can be scrolled."""

from rich.segment import Segment
from textual.strip import Strip

from tui.widgets.fixed_line import STYLES, Part
from tui.widgets.scrolled_lines import ScrolledLines

PageLine = list[Part]


class TextPage(ScrolledLines, can_focus=True):
    """Plain lines; the screen scrolls it."""

    STYLE_PREFIX = "page"
    STYLE_NAMES = STYLES

    _lines: list[PageLine] = []  # noqa: RUF012 - replaced, never changed

    def set_lines(self, lines: list[PageLine]) -> None:
        """Shows these lines from the first."""
        self._lines = lines
        self.set_line_count(len(lines))
        self.scroll_to(y=0, animate=False, immediate=True, force=True)
        self.refresh()

    def replace_lines(self, lines: list[PageLine], *, in_sight: int) -> None:
        """Shows as many other lines, with one of them in sight."""
        self._lines = lines
        top, height = self.scroll_y, self.size.height
        if not top <= in_sight < top + height:
            place = in_sight if in_sight < top else in_sight - height + 1
            self.scroll_to(y=max(place, 0), animate=False, immediate=True, force=True)
        self.refresh()

    def scroll_pages(self, pages: float) -> None:
        """Scrolls by so many pages, at least one line."""
        lines = round(pages * self.size.height) or (-1 if pages < 0 else 1)
        self.scroll_to(y=max(0, self.scroll_y + lines), animate=False, immediate=True, force=True)

    @property
    def line_count(self) -> int:
        return len(self._lines)

    def draw_line(self, place: int) -> Strip:
        """Draws one of the lines."""
        parts = self._lines[place] if place < len(self._lines) else []
        segments = [Segment(text, self.find_style(style)) for text, style in parts]
        return Strip(segments).adjust_cell_length(self.size.width, self.find_style()).simplify()
