"""The line of tabs: the active one is always there, and what is left out is counted."""

import re

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.model.queues import Tab
from tui.widgets.tab_bar import TabLabel, format_tab_bar

NAMES = st.sampled_from(["VIP", "Billing today", "発注書", "A rather long name of 24", "x"])


def make_labels(names: list[str]) -> list[TabLabel]:
    tabs = [TabLabel(tab, tab.capitalize(), "41", tab.value[:4]) for tab in Tab]
    views = [
        TabLabel(place, name, "7", name[:6], starts_group=place == 0)
        for place, name in enumerate(names)
    ]
    return [*tabs, *views]


def make_views(names: list[str]) -> list[TabLabel]:
    """Returns the labels of tabs and of views, whose names have no short form."""
    tabs = [TabLabel(tab, tab.capitalize(), "4", tab.value[:4]) for tab in Tab]
    return [*tabs, *(TabLabel(place, name, "7") for place, name in enumerate(names))]


@given(names=st.lists(NAMES, max_size=30), at=st.integers(0), width=st.integers(60, 200))
def test_the_active_tab_is_shown_and_every_other_one_or_counted(
    names: list[str], at: int, width: int
) -> None:
    labels = make_labels(names)
    active = labels[at % len(labels)].place
    parts, spans = format_tab_bar(labels, active, width)
    text = "".join(part for part, _ in parts)
    assert cell_len(text) <= width
    places = [place for _, _, place in spans]
    assert active in places
    left, right = re.search(r"^←(\d+)", text), re.search(r"(\d+)→$", text)
    hidden = sum(int(found[1]) for found in (left, right) if found)
    assert len(places) + hidden == len(labels)
    assert text.count("[") == 1


@given(names=st.lists(NAMES, max_size=9), width=st.integers(60, 200))
def test_a_click_is_on_the_tab_whose_text_is_there(names: list[str], width: int) -> None:
    labels = make_labels(names)
    parts, spans = format_tab_bar(labels, Tab.OPEN, width)
    shown = {label.place: label for label in labels}
    start = cell_len(parts[0][0])
    for (text, _), (first, last, place) in zip(parts[1:], spans, strict=False):
        assert (first, last) == (start, start + cell_len(text))
        assert shown[place].short in text or shown[place].name in text
        start = last


def test_names_are_whole_where_there_is_room_and_keys_are_the_first_nine() -> None:
    text = "".join(part for part, _ in format_tab_bar(make_labels(["VIP"] * 6), Tab.ALL, 200)[0])
    assert "2 Unassigned 41" in text
    assert "[5 All 41]" in text
    assert "│ 6 VIP 7" in text
    assert text.endswith(" 9 VIP 7  VIP 7  VIP 7 ")


def test_names_are_cut_before_tabs_are_left_out_and_no_more_than_that_takes() -> None:
    views = ["High and urgent", "VIP customers", "Waiting for customer"]
    for width in range(92, 140):
        _, spans = format_tab_bar(make_views(views), Tab.OPEN, width)
        assert len(spans) == len(Tab) + len(views), width
    text = "".join(part for part, _ in format_tab_bar(make_views(views), Tab.OPEN, 94)[0])
    assert "6 High and… 7" in text
    assert 94 - len(views) < cell_len(text) <= 94


def test_at_80_columns_every_tab_with_a_key_is_in_the_line() -> None:
    """In a dense line no cell says what is known: a count of 0, how many are resolved."""
    names = ["High and urgent", "VIP customers", "Printers", "Breached", "Waiting", "This week"]
    views = [
        TabLabel(place, name, count, starts_group=place in {0, 3})
        for place, (name, count) in enumerate(
            zip(names, ("6", "0", "1", "3", "2", "…"), strict=True)
        )
    ]
    counts = ("2", "7", "13", "15", "28")
    shorts = ("Mine", "Free", "Open", "Done", "All")
    tabs = [
        TabLabel(tab, tab.capitalize(), count, short)
        for tab, count, short in zip(Tab, counts, shorts, strict=True)
    ]

    def write(active: Tab | int) -> str:
        return "".join(part for part, _ in format_tab_bar([*tabs, *views], active, 80)[0])

    assert write(Tab.OPEN) == (
        "  1:Mine 2 2:Free 7 [3:Open 13] 4:Done 5:All│6:High 6 7:VIP 8:Prin 1│9:Brea 3 2→"
    )
    # The active one says more of its name.
    assert " [8:Printers 1]" in write(2)


def test_names_are_not_cut_until_they_are_the_same() -> None:
    for width in range(60, 160):
        parts, _ = format_tab_bar(make_views([f"View {n}" for n in range(9)]), Tab.OPEN, width)
        shown = [found for part, _ in parts for found in re.findall(r"View( \d)? 7", part)]
        assert all(shown), width
        assert len(set(shown)) == len(shown)


def test_no_tab_is_active_while_a_searchs_results_are_shown() -> None:
    parts, spans = format_tab_bar(make_labels(["VIP"]), None, 80)
    assert "[" not in "".join(part for part, _ in parts)
    assert len(spans) == 6
