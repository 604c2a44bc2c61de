"""A fixed line of the screen: parts at the left and at the right, cut where they meet."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from tui.text import formatting
from tui.widgets.selectable import Selectable

Part = tuple[str, str]
"""A text, and the name of its style: one of `STYLES`."""

STYLES = frozenset(
    {"plain", "strong", "dim", "off", "key", "good", "bad", "warn", "tab", "tab-on", "rule"}
)


class StyledText(Selectable):
    """Lines of plain text. Cheaper than Static, and it never reads markup."""

    STYLE_PREFIX = "line"
    STYLE_NAMES = STYLES

    def draw_parts(self, left: Sequence[Part], right: Sequence[Part] = ()) -> Strip:
        """Draws a line, filled up to the width; the right parts give way to nothing."""
        width = self.size.width
        right = _cut_parts(right, width)
        room = width - _parts_width(right)
        left = _cut_parts(left, room - 1 if right else room)
        gap = (" " * (room - _parts_width(left)), "plain")
        return self.join_parts([*left, gap, *right])

    def join_parts(self, parts: Sequence[Part]) -> Strip:
        """Draws these parts one after the other."""
        return Strip([Segment(text, self.find_style(name)) for text, name in parts]).simplify()


class StyledLine(StyledText):
    """One line, with parts at its left and at its right."""

    DEFAULT_CSS = "StyledLine { height: 1; width: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes)
        self._left: list[Part] = []
        self._right: list[Part] = []

    def set_parts(self, left: Sequence[Part], right: Sequence[Part] = ()) -> None:
        """Shows these parts; the right ones give way to nothing."""
        if (self._left, self._right) != (list(left), list(right)):
            self._left, self._right = list(left), list(right)
            self.refresh()

    @property
    def text(self) -> str:
        """The line's text, without styles."""
        return "".join(text for text, _ in (*self._left, *self._right))

    @property
    def line_count(self) -> int:
        return 1

    def draw_line(self, place: int) -> Strip:
        """Draws the line, filled up to its width; below it, nothing."""
        if place:
            return Strip.blank(self.size.width, self.find_style())
        return self.draw_parts(self._left, self._right)


class Rule(StyledLine):
    """A line drawn through between its parts: `── 12 of 41 ───── ↑3 new ──`."""

    def draw_line(self, place: int) -> Strip:
        """Draws the rule, with its words set into it."""
        left, right = _cut_parts(self._left, self.size.width - 4), self._right
        words = [("── " if left else "", "rule"), *left, (" " if left else "", "rule")]
        end = [(" ", "rule"), *right, (" ──", "rule")] if right else []
        room = self.size.width - _parts_width(words) - _parts_width(end)
        parts = [*words, ("─" * room, "rule"), *(end if room >= 0 else [])]
        return self.join_parts(parts)


def _parts_width(parts: Sequence[Part]) -> int:
    return sum(cell_len(text) for text, _ in parts)


def _cut_parts(parts: Sequence[Part], width: int) -> list[Part]:
    kept: list[Part] = []
    for text, style in parts:
        room = width - _parts_width(kept)
        if room <= 0:
            break
        kept.append((formatting.truncate_text(text, room), style))
    return kept
