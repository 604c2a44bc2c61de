"""A list of anything, one a line: parts with the names of their styles, on the cursor's widget."""

from collections.abc import Sequence

from msgspec import Struct
from textual.strip import Strip

from tui.text import formatting
from tui.widgets.styled_list import StyledList


class LibraryLine(Struct, frozen=True):
    """One line: an id by which the cursor stays on it, a name, a word about it, a text."""

    number: int
    name: str
    about: str
    text: str


class LibraryList(StyledList[LibraryLine]):
    """Lines of three columns; the last one takes the room that is left."""

    STYLE_PREFIX = "library-list"
    STYLE_NAMES = frozenset({"cursor", "mark", "name", "plain", "dim"})

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
            return self.build_strip([(text, "dim")], selected=False)
        line = lines[place]
        selected = line.number == self.rows.cursor
        return self.build_strip(self._line_parts(line, selected=selected), selected=selected)

    def _line_parts(self, line: LibraryLine, *, selected: bool) -> list[tuple[str, str]]:
        # On a narrow screen the name gives way to the text, which would vanish otherwise.
        name_width = min(self._name_width, max(self.line_width // 3, 8))
        room = max(self.line_width - name_width - self._about_width - 6, 8)
        return [
            ("▸ " if selected else "  ", "mark"),
            (formatting.fit_text(line.name, name_width), "name"),
            (f"  {formatting.fit_text(line.about, self._about_width)}", "dim"),
            (f"  {formatting.truncate_text(line.text, room)}", "plain"),
        ]
