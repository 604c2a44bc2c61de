"""A list whose lines are parts, each with the name of its style."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.model.numbered_list import Item
from tui.widgets.cursor_list import CursorList


class StyledList(CursorList[Item]):
    """Draws lines of styled parts. Its component classes are `STYLE_PREFIX--` and a style's name.

    They include `cursor`, for the line on which it stands.
    """

    STYLE_PREFIX: ClassVar[str]
    BLANK_STYLE: ClassVar[str] = "plain"
    """The style of the cells behind the last part."""

    def build_strip(self, parts: list[tuple[str, str]], *, selected: bool) -> Strip:
        """Returns a line as wide as the list. `parts`: texts with the names of their styles."""
        segments = [
            Segment(text, self._part_style(name, selected=selected)) for text, name in parts
        ]
        blank = self._part_style(self.BLANK_STYLE, selected=selected)
        return Strip(segments).adjust_cell_length(self.size.width, blank).simplify()

    def _part_style(self, name: str, *, selected: bool) -> Style:
        cursor = self.get_component_rich_style(f"{self.STYLE_PREFIX}--cursor")
        base = cursor if selected else self.rich_style
        return base + self.get_component_rich_style(f"{self.STYLE_PREFIX}--{name}", partial=True)

    def on_resize(self) -> None:
        self.update_virtual_size()
        self._scroll_to_cursor()
