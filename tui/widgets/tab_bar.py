"""The line of tabs: the queues, and behind them the saved views; a click shows one."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from rich.cells import cell_len
from textual import events
from textual.message import Message

from tui.model.queues import ListPlace
from tui.text import formatting
from tui.widgets.fixed_line import Part, StyledLine

_KEYS: Final = 9
_LONGEST_NAME: Final = 24
_SHORTEST_NAME: Final = 7
"""Cells of a name that is cut: with fewer, it says too little."""
_GROUP_SIGN: Final = "│"
"""A sign between the program's tabs, everybody's views and one's own."""


class TabLabel(Struct, frozen=True):
    """A tab: its name where there is room, its short name, and its count.

    Without a short name, the name is cut where there is no room for it.
    """

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

    Where not all have room, names are short: as long as they can be with as many tabs in the line
    as possible. Tabs to the left or right that still have none are left out and counted (`←2`,
    `3→`), never the active one.
    """
    whole = _list_texts(labels, active, None)
    if sum(map(cell_len, whole)) + 1 <= width:
        return _join(labels, whole, active, 0, len(labels))
    best: tuple[list[str], tuple[int, int]] | None = None
    for longest in range(_LONGEST_NAME, _SHORTEST_NAME - 1, -1):
        texts = _list_texts(labels, active, longest)
        window = _choose_window(labels, texts, active, width)
        if best is None or window[1] - window[0] > best[1][1] - best[1][0]:
            best = texts, window
    texts, (first, last) = best or (whole, (0, len(whole)))
    return _join(labels, texts, active, first, last)


def _list_texts(
    labels: Sequence[TabLabel], active: ListPlace | None, longest: int | None
) -> list[str]:
    """Returns the tabs' texts, with names of at most so many cells; None: whole ones."""
    return [_tab_text(labels, place, active, longest) for place in range(len(labels))]


def _tab_text(
    labels: Sequence[TabLabel], place: int, active: ListPlace | None, longest: int | None
) -> str:
    label = labels[place]
    short = label.short or formatting.truncate_text(label.name, longest or _LONGEST_NAME)
    name = label.name if longest is None else short
    key = f"{place + 1} " if place < _KEYS else ""
    text = f"{key}{name} {label.count}"
    text = f"[{text}]" if label.place == active else f" {text} "
    return f"{_GROUP_SIGN}{text}" if label.starts_group else text


def _choose_window(
    labels: Sequence[TabLabel], texts: Sequence[str], active: ListPlace | None, width: int
) -> tuple[int, int]:
    """Returns the first tab that is shown and the one behind the last, around the active one."""
    if sum(map(cell_len, texts)) + 1 <= width:
        return 0, len(texts)
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
