"""A list of anything, one a line: parts with the names of their styles, on the cursor's widget."""

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.text import formatting
from tui.widgets.cursor_list import CursorList

_STYLES = frozenset({"mark", "name", "plain", "dim"})


class LibraryLine(Struct, frozen=True):
    """One line: an id by which the cursor stays on it, a name, a word about it, a text."""

    number: int
    name: str
    about: str
    text: str


class LibraryList(CursorList[LibraryLine]):
    """Lines of three columns; the last one takes the room that is left."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "library-list--cursor",
        *(f"library-list--{style}" for style in _STYLES),
    }

    def __init__(self, name_width: int, about_width: int) -> None:
        super().__init__({})
        self._name_width, self._about_width = name_width, about_width
        self._empty = "   Loading …"

    def show_lines(self, lines: Sequence[LibraryLine], empty: str) -> None:
        """Shows these; the cursor stays with its line. `empty` is said where there are none."""
        self._empty = f"   {empty}"
        self.update_items(list(lines), [line.number for line in lines], hold=False)
        self.refresh()

    def draw_line(self, place: int) -> Strip:
        """Draws a line, or what an empty list says."""
        lines = self.rows.tickets
        if place >= len(lines):
            text = self._empty if place == 1 and not lines else ""
            return self._build_strip([(text, "dim")], selected=False)
        line = lines[place]
        selected = line.number == self.rows.cursor
        return self._build_strip(self._line_parts(line, selected=selected), selected=selected)

    def _line_parts(self, line: LibraryLine, *, selected: bool) -> list[tuple[str, str]]:
        # On a narrow screen the name gives way to the text, which would vanish otherwise.
        name_width = min(self._name_width, max(self.size.width // 3, 8))
        room = max(self.size.width - name_width - self._about_width - 6, 8)
        return [
            ("▸ " if selected else "  ", "mark"),
            (formatting.fit_text(line.name, name_width), "name"),
            (f"  {formatting.fit_text(line.about, self._about_width)}", "dim"),
            (f"  {formatting.truncate_text(line.text, room)}", "plain"),
        ]

    def _build_strip(self, parts: list[tuple[str, str]], *, selected: bool) -> Strip:
        segments = [
            Segment(text, self._part_style(name, selected=selected)) for text, name in parts
        ]
        blank = self._part_style("plain", selected=selected)
        return Strip(segments).adjust_cell_length(self.size.width, blank).simplify()

    def _part_style(self, name: str, *, selected: bool) -> Style:
        cursor = self.get_component_rich_style("library-list--cursor")
        base = cursor if selected else self.rich_style
        return base + self.get_component_rich_style(f"library-list--{name}", partial=True)

    def on_resize(self) -> None:
        self.update_virtual_size()
        self._scroll_to_cursor()
