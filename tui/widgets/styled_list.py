"""A list whose lines are parts, each with the name of its style."""

from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip

from tui.model.numbered_list import Item
from tui.widgets.cursor_list import CursorList


class StyledList(CursorList[Item]):
    """Draws lines of styled parts. Its styles include `cursor`, for the line on which it stands."""

    BLANK_STYLE: ClassVar[str] = "plain"
    """The style of the cells behind the last part."""

    def build_strip(self, parts: list[tuple[str, str]], *, selected: bool) -> Strip:
        """Returns a line as wide as the list. `parts`: texts with the names of their styles."""
        line = ("cursor",) if selected else ()
        segments = [Segment(text, self.find_style(*line, name)) for text, name in parts]
        blank = self.find_style(*line, self.BLANK_STYLE)
        return Strip(segments).adjust_cell_length(self.size.width, blank).simplify()

    def on_resize(self) -> None:
        self.update_virtual_size()
        self._scroll_to_cursor()
