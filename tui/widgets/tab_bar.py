"""The line of tabs: the queues, and behind them the saved views; a click shows one."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from rich.cells import cell_len, set_cell_size
from textual import events
from textual.message import Message

from tui.model.queues import PAGED, ListPlace
from tui.text import formatting
from tui.widgets.fixed_line import Part, StyledLine

_KEYS: Final = 9
_LONGEST_NAME: Final = 24
_SHORTEST_NAME: Final = 7
"""Cells of a name that is cut: with fewer, it says too little."""
_SHORTEST_DENSE_NAME: Final = 4
"""Cells of a name in a dense line, where it is there to be told from its neighbours."""
_SHORTEST_ACTIVE_NAME: Final = 10
_GROUP_SIGN: Final = "│"
"""A sign between the program's tabs, everybody's views and one's own."""


class TabForm(Struct, frozen=True):
    """A way to write the tabs: with names of at most so many cells, None: whole.

    In a dense line (`2:Free 7 4:Done`) one space divides the tabs, those of tickets that are done
    with have no count, and no tab has one of 0. The active tab has more of its name.
    """

    longest: int | None
    is_dense: bool = False


_EMPTY_COUNTS: Final = frozenset({"0", "…"})
_WHOLE: Final = TabForm(None)
_FORMS: Final = (
    *(TabForm(longest) for longest in range(_LONGEST_NAME, _SHORTEST_NAME - 1, -1)),
    *(TabForm(it, is_dense=True) for it in range(_LONGEST_NAME, _SHORTEST_DENSE_NAME - 1, -1)),
)
"""The forms for a line without room for whole names, the most readable first."""


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

    Where not all have room, it takes the most readable form in which as many tabs as possible
    have. Tabs to the left or right that still have none are left out and counted (`←2`, `3→`),
    never the active one.
    """
    whole = _list_texts(labels, active, _WHOLE)
    if sum(map(cell_len, whole)) + 1 <= width:
        return _join(labels, whole, active, 0, len(labels))
    best: tuple[list[str], tuple[int, int]] | None = None
    for form in _FORMS:
        if form.is_dense and not _tells_names_apart(labels, form):
            break
        texts = _list_texts(labels, active, form)
        window = _choose_window(labels, texts, active, width)
        if best is None or window[1] - window[0] > best[1][1] - best[1][0]:
            best = texts, window
    texts, (first, last) = best or (whole, (0, len(whole)))
    return _join(labels, texts, active, first, last)


def _list_texts(labels: Sequence[TabLabel], active: ListPlace | None, form: TabForm) -> list[str]:
    """Returns the tabs' texts in a form."""
    write = _write_dense_tab if form.is_dense else _write_tab
    return [
        write(label, place, form.longest, is_active=label.place == active)
        for place, label in enumerate(labels)
    ]


def _write_tab(label: TabLabel, place: int, longest: int | None, *, is_active: bool) -> str:
    short = label.short or _cut_name(label.name, longest or _LONGEST_NAME)
    name = label.name if longest is None else short
    key = f"{place + 1} " if place < _KEYS else ""
    text = f"{key}{name} {label.count}"
    text = f"[{text}]" if is_active else f" {text} "
    return f"{_GROUP_SIGN}{text}" if label.starts_group else text


def _write_dense_tab(label: TabLabel, place: int, longest: int | None, *, is_active: bool) -> str:
    room = max(longest or _LONGEST_NAME, _SHORTEST_ACTIVE_NAME) if is_active else longest
    name = label.short or _cut_dense_name(label.name, room)
    key = f"{place + 1}:" if place < _KEYS else ""
    has_count = label.count not in _EMPTY_COUNTS and label.place not in PAGED
    text = f"{key}{name} {label.count}" if has_count else f"{key}{name}"
    sign = _GROUP_SIGN if label.starts_group else " "
    return f"{sign}[{text}]" if is_active else f"{sign}{text}"


def _tells_names_apart(labels: Sequence[TabLabel], form: TabForm) -> bool:
    """Returns whether names that are cut to this length still differ."""
    names = {label.name for label in labels if not label.short}
    return len({_cut_dense_name(name, form.longest) for name in names}) == len(names)


def _cut_dense_name(name: str, longest: int | None) -> str:
    room = longest or _LONGEST_NAME
    if room >= _SHORTEST_NAME:
        return _cut_name(name, room)
    return set_cell_size(name, min(room, cell_len(name))).rstrip()


def _cut_name(name: str, longest: int) -> str:
    # A cut before a character of two cells leaves one over.
    return formatting.truncate_text(name, longest).rstrip()


def _choose_window(
    labels: Sequence[TabLabel], texts: Sequence[str], active: ListPlace | None, width: int
) -> tuple[int, int]:
    """Returns the first tab that is shown and the one behind the last, around the active one."""
    sizes = [cell_len(text) for text in texts]
    first = next((n for n, label in enumerate(labels) if label.place == active), 0)
    last = first + 1

    def fits(first: int, last: int) -> bool:
        before, behind = _format_marks(first, last, len(texts))
        return sum(sizes[first:last]) + len(before) + len(behind) <= width

    while True:
        # What lies before it first: the numbers on the left are those of keys.
        if first > 0 and fits(first - 1, last):
            first -= 1
        elif last < len(texts) and fits(first, last + 1):
            last += 1
        else:
            return first, last


def _format_marks(first: int, last: int, count: int) -> tuple[str, str]:
    """Returns what stands before and behind these tabs: the number of those left out."""
    return f"←{first} " if first else " ", f" {count - last}→" if last < count else ""


def _join(
    labels: Sequence[TabLabel],
    texts: Sequence[str],
    active: ListPlace | None,
    first: int,
    last: int,
) -> tuple[list[Part], list[tuple[int, int, ListPlace]]]:
    before, behind = _format_marks(first, last, len(labels))
    parts: list[Part] = [(before, "dim" if first else "plain")]
    spans: list[tuple[int, int, ListPlace]] = []
    start = cell_len(parts[0][0])
    for label, text in zip(labels[first:last], texts[first:last], strict=True):
        parts.append((text, "tab-on" if label.place == active else "tab"))
        spans.append((start, start + cell_len(text), label.place))
        start += cell_len(text)
    if behind:
        parts.append((behind, "dim"))
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
