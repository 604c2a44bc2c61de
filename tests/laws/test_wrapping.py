"""Text in cells: nothing is wider than its place, and nothing is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.text import formatting
from tui.text.line_wrapping import wrap_text

TEXT = st.text(st.sampled_from("ab \n\t発é-"), max_size=80)


@given(text=TEXT, width=st.integers(2, 30))
def test_no_line_is_wider_than_its_place_and_no_letter_is_lost(text: str, width: int) -> None:
    lines = wrap_text(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_words_stay_whole_where_they_fit() -> None:
    assert wrap_text("one two three", 8) == ["one two", "three"]
    assert wrap_text("  code()\n\nend", 8) == ["  code()", "", "end"]


@given(
    text=TEXT.filter(lambda text: "\n" not in text and "\t" not in text), width=st.integers(0, 20)
)
def test_a_fitted_text_takes_exactly_its_cells(text: str, width: int) -> None:
    assert cell_len(formatting.fit_text(text, width)) == width


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "now"), (59, "now"), (540, "9m"), (7200, "2h"), (86_400 * 12, "12d"), (10**8, "3y")],
)
def test_ages_fit_four_cells(seconds: int, said: str) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert formatting.format_age(now, now - timedelta(seconds=seconds)) == said
