"""Columns in a line: those that fit, as wide as there is room, and what is left out is said."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.ticket_columns import ListOrder, TicketColumn
from tui.model.column_choice import ColumnChoice
from tui.model.list_settings import (
    REQUIRED_COLUMNS,
    ColumnList,
    ListSettings,
    complete_columns,
    load_list_settings,
    save_list_settings,
)
from tui.screens.column_actions import find_column
from tui.text.column_words import COLUMN_NAMES, describe_order
from tui.widgets.column_layout import (
    LEAST_CHOSEN_SUBJECT,
    find_required_width,
    lay_out_columns,
)

SOME_COLUMNS = st.lists(st.sampled_from(list(TicketColumn)), unique=True, min_size=1).map(
    complete_columns
)


@given(columns=SOME_COLUMNS, width=st.integers(44, 250), digits=st.integers(1, 7))
def test_a_chosen_column_is_shown_or_counted_as_hidden(
    columns: ColumnList, width: int, digits: int
) -> None:
    layout = lay_out_columns(width, digits, 30, columns)
    shown = [column for column, _ in layout.columns]
    assert [column for column in columns if column in shown] == shown
    assert {*shown, *layout.hidden} == {*columns}
    assert {*REQUIRED_COLUMNS} <= {*shown}
    assert sum(cells + 1 for _, cells in layout.columns) + 3 == width
    if len(shown) > len(REQUIRED_COLUMNS):
        assert layout.subject >= LEAST_CHOSEN_SUBJECT


@given(columns=SOME_COLUMNS, subject=st.integers(16, 60))
def test_the_width_that_is_asked_for_shows_every_column(columns: ColumnList, subject: int) -> None:
    width = find_required_width(4, subject, subject, columns)
    layout = lay_out_columns(width, 4, subject, columns)
    assert not layout.hidden
    assert layout.subject >= subject


@pytest.mark.parametrize(("width", "hidden"), [(60, 5), (80, 3), (120, 0), (160, 0)])
def test_all_columns_but_the_ages_on_usual_screens(width: int, hidden: int) -> None:
    columns = tuple(column for column in TicketColumn if not column.endswith("_at"))
    assert len(lay_out_columns(width, 4, 30, columns).hidden) == hidden


@given(
    columns=SOME_COLUMNS,
    steps=st.lists(st.tuples(st.sampled_from(list(TicketColumn)), st.sampled_from([-1, 1]))),
)
def test_moving_columns_loses_none_and_leaves_the_number_first(
    columns: ColumnList, steps: list[tuple[TicketColumn, int]]
) -> None:
    choice = ColumnChoice.begin(columns, ListOrder(TicketColumn.SLA_DUE))
    for column, step in steps:
        choice = choice.move_column(column, step)
    assert choice.columns[0] is TicketColumn.NUMBER
    assert {*choice.columns} == {*columns}
    assert {*choice.lines} == {*TicketColumn}


def test_a_second_sorting_by_a_column_is_the_other_way_round() -> None:
    choice = ColumnChoice.begin((), ListOrder(TicketColumn.SLA_DUE))
    once = choice.sort_by(TicketColumn.PRIORITY)
    assert describe_order(once.order) == "urgent first"
    assert describe_order(once.sort_by(TicketColumn.PRIORITY).order) == "low first"


@given(order=st.builds(ListOrder, st.sampled_from(list(TicketColumn)), st.booleans()))
def test_an_order_is_read_as_it_was_written_and_has_words_of_its_own(order: ListOrder) -> None:
    assert ListOrder.parse(str(order)) == order
    assert describe_order(order) != describe_order(order.reverse())


def test_a_choice_is_found_again_and_a_newer_ones_unknown_columns_are_left_out(
    tmp_path: Path,
) -> None:
    chosen = {"open": ListSettings(("number", "tags", "subject"), "-status")}
    assert save_list_settings(chosen, tmp_path / "new")
    assert load_list_settings(tmp_path / "new") == chosen
    newer = ListSettings(("mood", "tags"), "mood")
    assert newer.known_columns == ("number", "subject", "tags")
    assert newer.order is None
    assert ListSettings().known_columns == ()


def test_a_damaged_file_of_choices_is_none_and_one_that_cannot_be_written_says_so(
    tmp_path: Path,
) -> None:
    (tmp_path / "lists.json").write_text('{"open": 3}')
    assert load_list_settings(tmp_path) == {}
    (tmp_path / "file").write_text("")
    assert not save_list_settings({}, tmp_path / "file")


@pytest.mark.parametrize(
    ("word", "column"),
    [
        ("owner", TicketColumn.ASSIGNEE),
        ("assignee", TicketColumn.ASSIGNEE),
        ("sla_due", TicketColumn.SLA_DUE),
        ("cust", TicketColumn.CUSTOMER),
        ("mood", None),
        ("", None),
    ],
)
def test_a_column_is_named_by_its_word_or_the_wires(word: str, column: TicketColumn | None) -> None:
    assert find_column(word) is column


def test_every_column_has_a_name_of_its_own() -> None:
    assert len({*COLUMN_NAMES.values()}) == len(TicketColumn)
