"""The line of tabs: the queues, and behind them the saved views; a click shows one."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from rich.cells import cell_len
from textual import events
from textual.message import Message

from tui.model.queues import ListPlace
from tui.widgets.fixed_line import Part, StyledLine

_KEYS: Final = 9
_GROUP_SIGN: Final = "│"
"""A sign between the program's tabs, everybody's views and one's own."""


class TabLabel(Struct, frozen=True):
    """A tab: its name where there is room, its short name, and its count."""

    place: ListPlace
    name: str
    count: str
    short: str = ""
    starts_group: bool = False
    is_shared: bool = False


def format_tab_bar(
    labels: Sequence[TabLabel], active: ListPlace | None, width: int
) -> tuple[list[Part], list[tuple[int, int, ListPlace]]]:
    """Returns the line's parts, and which cells are whose.

    Where not all have room, names are short; where they still have none, tabs to the left or right
    are left out and counted (`←2`, `3→`), never the active one.
    """
    for is_short in (False, True):
        texts = [
            _tab_text(labels, place, active, is_short=is_short) for place in range(len(labels))
        ]
        if sum(map(cell_len, texts)) + 1 <= width:
            return _join(labels, texts, active, 0, len(labels))
    first, last = _choose_window(labels, texts, active, width)
    return _join(labels, texts, active, first, last)


def _tab_text(
    labels: Sequence[TabLabel], place: int, active: ListPlace | None, *, is_short: bool
) -> str:
    label = labels[place]
    name = (label.short or label.name) if is_short else label.name
    key = f"{place + 1} " if place < _KEYS else ""
    text = f"{key}{name} {label.count}"
    text = f"[{text}]" if label.place == active else f" {text} "
    return f"{_GROUP_SIGN}{text}" if label.starts_group else text


def _choose_window(
    labels: Sequence[TabLabel], texts: Sequence[str], active: ListPlace | None, width: int
) -> tuple[int, int]:
    """Returns the first tab that is shown and the one behind the last, around the active one."""
    place = next((n for n, label in enumerate(labels) if label.place == active), 0)
    room = width - 1 - len(f"←{len(labels)} ") - len(f" {len(labels)}→")
    first = last = place
    room -= cell_len(texts[place])
    last += 1
    while True:
        # What lies before it first: the numbers on the left are those of keys.
        if first > 0 and cell_len(texts[first - 1]) <= room:
            first -= 1
            room -= cell_len(texts[first])
        elif last < len(texts) and cell_len(texts[last]) <= room:
            room -= cell_len(texts[last])
            last += 1
        else:
            return first, last


def _join(
    labels: Sequence[TabLabel],
    texts: Sequence[str],
    active: ListPlace | None,
    first: int,
    last: int,
) -> tuple[list[Part], list[tuple[int, int, ListPlace]]]:
    parts: list[Part] = [(f"←{first} ", "dim") if first else (" ", "plain")]
    spans: list[tuple[int, int, ListPlace]] = []
    start = cell_len(parts[0][0])
    for label, text in zip(labels[first:last], texts[first:last], strict=True):
        parts.append((text, "tab-on" if label.place == active else "tab"))
        spans.append((start, start + cell_len(text), label.place))
        start += cell_len(text)
    if last < len(labels):
        parts.append((f" {len(labels) - last}→", "dim"))
    return parts, spans


class TabBar(StyledLine):
    """The tabs on one line."""

    class TabClicked(Message):
        """A tab was clicked."""

        def __init__(self, place: ListPlace) -> None:
            super().__init__()
            self.place = place

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self._spans: list[tuple[int, int, ListPlace]] = []

    def set_tabs(self, labels: Sequence[TabLabel], active: ListPlace | None, width: int) -> None:
        """Shows these tabs, one of them as the active one."""
        parts, self._spans = format_tab_bar(labels, active, width)
        self.set_parts(parts)

    def on_click(self, event: events.Click) -> None:
        for start, end, place in self._spans:
            if start <= event.x < end:
                self.post_message(self.TabClicked(place))
