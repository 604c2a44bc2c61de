"""The panes: a subject is not cut while the preview has more than it needs."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.model.preview_split import (
    LIST_LEAST,
    PREVIEW_NARROWEST,
    ListExtent,
    PaneLayout,
    PaneSplit,
    PreviewPosition,
    arrange_panes,
)
from tui.model.preview_split_file import load_split, save_split
from tui.widgets.column_layout import find_required_width, lay_out_columns

SHARES = st.none() | st.integers(5, 95)
SPLITS = st.builds(PaneSplit, st.sampled_from(PreviewPosition), SHARES, SHARES)
SOME = ListExtent(70, 80, 10)
WIDTHS, HEIGHTS = st.integers(60, 240), st.integers(11, 90)


@given(
    split=SPLITS,
    width=WIDTHS,
    height=HEIGHTS,
    wanted=st.integers(40, 150),
    more=st.integers(0, 90),
    rows=st.integers(0),
)
def test_both_panes_always_have_room(
    split: PaneSplit, width: int, height: int, wanted: int, more: int, rows: int
) -> None:
    place = arrange_panes(split, width, height, ListExtent(wanted, wanted + more, rows))
    if place.position is PreviewPosition.RIGHT:
        assert place.preview >= PREVIEW_NARROWEST
        assert width - place.preview >= LIST_LEAST
    elif place.position is PreviewPosition.BELOW:
        assert 6 <= place.preview <= height - 6
    else:
        assert place == PaneLayout(PreviewPosition.OFF, 0, width, height)


def subject_at(width: int, subject: int) -> int:
    """Returns the cells that the subject gets by itself, with the preview beside it."""
    wanted = find_required_width(4, subject, subject) + 1
    place = arrange_panes(PaneSplit(), width, 20, ListExtent(wanted, wanted, 10))
    return lay_out_columns(width - place.preview - 1, 4, subject).subject


@pytest.mark.parametrize("width", [60, 80, 100, 110, 120, 140, 160, 200])
def test_the_preview_has_more_than_it_needs_only_where_the_subject_stands_whole(width: int) -> None:
    for subject in (32, 40, 60):
        wanted = find_required_width(4, subject, subject) + 1
        place = arrange_panes(PaneSplit(), width, 20, ListExtent(wanted, wanted, 10))
        assert place.preview <= 42 or subject_at(width, subject) >= subject


@pytest.mark.parametrize(
    ("width", "subject", "cells"), [(120, 36, 36), (140, 60, 54), (160, 60, 60)]
)
def test_the_list_follows_its_subjects(width: int, subject: int, cells: int) -> None:
    assert subject_at(width, subject) == cells


def test_a_single_long_subject_gets_what_the_preview_needs_no_more() -> None:
    usual, longest = (
        find_required_width(4, 32, 32) + 1,
        find_required_width(4, 32, 58) + 1,
    )
    place = arrange_panes(PaneSplit(), 200, 20, ListExtent(usual, longest, 10))
    assert lay_out_columns(200 - place.preview - 1, 4, 32).subject >= 58
    assert (
        arrange_panes(PaneSplit(), 140, 20, ListExtent(usual, longest, 10)).preview == 140 - usual
    )


@pytest.mark.parametrize(
    ("width", "height", "position"),
    [
        (60, 11, PreviewPosition.OFF),
        (80, 19, PreviewPosition.OFF),
        (80, 40, PreviewPosition.BELOW),
        (120, 35, PreviewPosition.RIGHT),
    ],
)
def test_by_itself_the_preview_stands_where_there_is_room(
    width: int, height: int, position: PreviewPosition
) -> None:
    assert arrange_panes(PaneSplit(), width, height, SOME).position is position


def test_where_there_is_no_room_beside_the_list_it_is_not_squeezed_in() -> None:
    assert (
        arrange_panes(PaneSplit(PreviewPosition.RIGHT), 60, 40, SOME).position
        is PreviewPosition.OFF
    )
    assert (
        arrange_panes(PaneSplit(PreviewPosition.RIGHT), 80, 19, SOME).position
        is PreviewPosition.RIGHT
    )


def test_p_goes_round_and_gives_up_what_was_moved_by_hand() -> None:
    split = PaneSplit(right=30, below=50)
    seen = []
    for _ in PreviewPosition:
        split = split.next_position()
        seen.append(split.position)
    assert seen == [
        PreviewPosition.RIGHT,
        PreviewPosition.BELOW,
        PreviewPosition.OFF,
        PreviewPosition.AUTO,
    ]
    assert split == PaneSplit()


@given(width=st.integers(110, 240), wanted=st.integers(60, 120))
def test_larger_and_smaller_move_the_border_to_either_end_and_no_further(
    width: int, wanted: int
) -> None:
    for step, end in ((1, width - LIST_LEAST), (-1, PREVIEW_NARROWEST)):
        split, place = (
            PaneSplit(),
            arrange_panes(PaneSplit(), width, 35, ListExtent(wanted, wanted, 10)),
        )
        for _ in range(20):
            before, split = place.preview, split.resize_preview(step, place)
            place = arrange_panes(split, width, 35, ListExtent(wanted, wanted, 10))
            assert (place.preview - before) * step >= 0
        assert abs(place.preview - end) <= width * 0.05


def test_what_was_chosen_is_found_again_after_a_restart(tmp_path: Path) -> None:
    chosen = PaneSplit(PreviewPosition.BELOW, right=40, below=55)
    assert save_split(chosen, tmp_path / "new")
    assert load_split(tmp_path / "new") == chosen


@pytest.mark.parametrize("text", ["", "{", '{"position":"nowhere"}', '{"right":"wide"}', "\0"])
def test_a_file_that_cannot_be_read_is_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "panes.json").write_text(text)
    assert load_split(tmp_path) == PaneSplit()


def test_where_nothing_can_be_written_the_split_holds_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not save_split(PaneSplit(), tmp_path / "file")
