"""The cells that are sent of a line that is drawn anew make the old drawing the new one."""

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.widgets.changed_cells import find_changed_cells

WIDTH = 12
STYLES = [Style(), Style(bold=True), Style(color="red")]


def strips(letters: str) -> st.SearchStrategy[Strip]:
    """Lines of as many letters, each in a style of its own."""
    letter = st.tuples(st.sampled_from(letters), st.sampled_from(STYLES))
    letters_of_line = st.lists(letter, min_size=WIDTH, max_size=WIDTH)
    return letters_of_line.map(lambda drawn: Strip([Segment(*it) for it in drawn]))


def cells_of(strip: Strip) -> list[tuple[str, Style | None]]:
    return [(letter, part.style) for part in strip for letter in part.text]


@given(old=strips("ab "), new=strips("ab "))
def test_the_changed_cells_alone_make_the_new_line_of_the_old_one(old: Strip, new: Strip) -> None:
    before, after, changed = cells_of(old), cells_of(new), find_changed_cells(old, new)
    start, stop = changed.start, changed.stop
    assert [*before[:start], *after[start:stop], *before[stop:]] == after


@given(old=strips("ab "), new=strips("ab "))
def test_no_cell_at_the_ends_is_sent_for_nothing(old: Strip, new: Strip) -> None:
    before, after, changed = cells_of(old), cells_of(new), find_changed_cells(old, new)
    for cell in {changed.start, changed.stop - 1} if changed else ():
        assert before[cell] != after[cell]


@given(line=strips("ab発書"))
def test_a_line_that_is_the_same_sends_nothing(line: Strip) -> None:
    assert not find_changed_cells(line, line)


def test_a_letter_of_two_cells_is_never_cut() -> None:
    old, new = Strip([Segment("a発b")]), Strip([Segment("ab発")])
    assert find_changed_cells(old, new) == range(4)
