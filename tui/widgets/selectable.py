"""Text selection with the mouse, for widgets that draw their own lines.

Textual selects text only in its own widgets; of others it copies the widget's name. Positions are
in cells here, not in characters.
"""

import re
from collections.abc import Callable
from typing import Any, ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.geometry import Offset, Size
from textual.selection import Selection
from textual.strip import Strip

from tui.widgets.part_styles import PartWidget

_WORD: Final = re.compile(r"""[^\s"'“”‘’«»()\[\]{}<>|,;…]+""")
_END_OF_SENTENCE: Final = ".:!?"
_WORD_CLICKS: Final = 2


class Selectable(PartWidget):
    """A widget whose lines can be marked by dragging and copied as text."""

    SELECTS_WORDS: ClassVar[bool] = True
    """Returns whether two clicks select a word, and three a passage."""

    # Every screen and widget must define what raises NotImplementedError here: Textual's metaclass
    # leaves no room for ABCMeta, so tests/house/test_screens.py checks it instead.
    @property
    def line_count(self) -> int:
        """The number of lines to select from."""
        raise NotImplementedError

    def draw_line(self, place: int) -> Strip:
        """Draws a line of the whole content, whether it is in sight or not."""
        raise NotImplementedError

    def find_passage(self, place: int) -> tuple[int, int]:
        """Returns the first and last line of what three clicks on a line select."""
        return place, place

    def copied_lines(self, first: int, last: int) -> list[tuple[str, int, str]]:
        """Returns lines to copy: the text, in which cell it begins, what joins it to the next."""
        return [(self.draw_line(place).text, 0, "\n") for place in range(first, last + 1)]

    # -- drawing

    def _size_updated(
        self,
        size: Size,
        virtual_size: Size,
        container_size: Size,
        layout: bool = True,  # noqa: FBT001, FBT002 - Textual's own signature
    ) -> bool:
        # Without children there is nothing that another size could move: one layout is enough.
        return super()._size_updated(size, virtual_size, container_size, layout=False)

    def render_line(self, y: int) -> Strip:
        """Draws the line at `y` of what is in sight, marked where it is selected."""
        place = int(self.scroll_y) + y
        strip, selection = self.draw_line(place), self.text_selection
        span = selection.get_span(place) if selection else None
        return strip if span is None else self._highlight_span(strip, span)

    def _highlight_span(self, strip: Strip, span: tuple[int, int]) -> Strip:
        start, end = span[0], strip.cell_length if span[1] < 0 else span[1]
        style = self.screen.get_component_rich_style("screen--selection")
        part = strip.crop(start, end)
        middle = Strip([Segment(text, old + style if old else style) for text, old, _ in part])
        return Strip.join([strip.crop(0, start), middle, strip.crop(end)])

    # -- selecting

    def place_at(self, x: int, y: int) -> Offset:
        """Returns the place in the content of a point of the widget, the nearest if outside."""
        last = max(self.line_count - 1, 0)
        place = min(int(self.scroll_y) + max(0, min(y, self.size.height - 1)), last)
        return Offset(max(0, min(x, self.size.width - 1)), place)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Returns the text that is marked, without what was drawn around it."""
        first = selection.start.y if selection.start else 0
        last = min(selection.end.y if selection.end else self.line_count, self.line_count - 1)
        said = ""
        for place, (text, begins, joint) in enumerate(self.copied_lines(first, last), first):
            start, end = selection.get_span(place) or (0, 0)
            cells = Strip([Segment(text)])
            end = cells.cell_length if end < 0 else end - begins
            part = cells.crop(max(start - begins, 0), max(end, 0)).text
            said += part.rstrip() + joint
        return said.rstrip(), "\n"

    def move_selection(self, moved: Callable[[int], int | None]) -> None:
        """Keeps the mark on its text when lines came, went or moved; ends it where that is gone."""
        selection = self.text_selection if self.is_attached else None
        if selection is None or selection.start is None or selection.end is None:
            return
        first, last = moved(selection.start.y), moved(selection.end.y)
        if first is None or last is None or last - first != selection.end.y - selection.start.y:
            self.screen.clear_selection()
        elif first != selection.start.y:
            start, end = Offset(selection.start.x, first), Offset(selection.end.x, last)
            self._set_selection(start, end)

    def _set_selection(self, start: Offset, end: Offset) -> None:
        self.screen.selections = {self: Selection(start, end)}

    async def _on_click(self, event: events.Click) -> Any:
        event.prevent_default()  # Textual's own would select the whole widget
        at = self.place_at(event.x, event.y)
        if not self.SELECTS_WORDS or not self.line_count:
            return
        if event.chain == _WORD_CLICKS:
            self._select_word(at)
        elif event.chain > _WORD_CLICKS:
            first, last = self.find_passage(at.y)
            end = self.draw_line(last).cell_length
            self._set_selection(Offset(0, first), Offset(end, last))

    def _select_word(self, at: Offset) -> None:
        text = self.draw_line(at.y).text
        found = next((word for word in _WORD.finditer(text) if _covers_cell(word, at.x)), None)
        if found is not None:
            start = _cell_width(text[: found.start()])
            end = start + _cell_width(found.group().rstrip(_END_OF_SENTENCE))
            self._set_selection(Offset(start, at.y), Offset(end, at.y))


def _covers_cell(word: re.Match[str], cell: int) -> bool:
    return _cell_width(word.string[: word.start()]) <= cell < _cell_width(word.string[: word.end()])


def _cell_width(text: str) -> int:
    return Strip([Segment(text)]).cell_length
