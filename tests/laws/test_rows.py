"""The cursor of a list is a ticket: nothing that others do moves it to another one in sight."""

from hypothesis import given
from hypothesis import strategies as st

from common.wire import TicketView
from tests.support.tickets import view
from tui.widgets.list_rows import ListRows

Numbers = st.lists(st.integers(1, 30), unique=True, max_size=20)


PAGE = 10
TICKETS = {number: view(number) for number in range(1, 31)}


def rows(*numbers: int, cursor: int | None = None) -> ListRows[TicketView]:
    made: ListRows[TicketView] = ListRows()
    made.set_items([TICKETS[number] for number in numbers], cursor)
    return made


def shown(made: ListRows[TicketView]) -> list[int]:
    return [ticket.number for ticket in made.tickets]


@given(before=Numbers, after=Numbers, data=st.data())
def test_whatever_others_do_a_cursor_that_was_moved_stays_on_its_ticket(
    before: list[int], after: list[int], data: st.DataObject
) -> None:
    made = rows(*before)
    if before:
        made.move_cursor(data.draw(st.integers(0, len(before) - 1)))
    cursor = made.cursor
    made.update_items([TICKETS[number] for number in after], TICKETS, hold=True, page=PAGE)
    if cursor is not None:
        assert made.cursor == cursor
        assert made.selected == TICKETS[cursor]
    assert [number for number in shown(made) if number != made.ghost] == after


@given(before=Numbers, after=Numbers)
def test_a_list_with_rows_has_a_cursor_and_an_empty_one_has_none(
    before: list[int], after: list[int]
) -> None:
    made = rows(*before)
    made.update_items([TICKETS[number] for number in after], TICKETS, hold=False, page=PAGE)
    assert (made.cursor is None) == (not after)
    assert made.ghost is None


@given(first=st.integers(1, 30), above=Numbers, hold=st.booleans())
def test_a_cursor_that_nobody_has_moved_stays_on_its_ticket_while_that_can_be_seen(
    first: int, above: list[int], *, hold: bool
) -> None:
    made = rows(first)
    numbers = [*(number for number in above if number != first), first]
    made.update_items([TICKETS[number] for number in numbers], TICKETS, hold=hold, page=PAGE)
    place = len(numbers) - 1
    assert shown(made) == numbers
    assert made.find_place(made.cursor) == (place if place < PAGE else 0)
    assert made.chosen_number is None


def test_a_cursor_is_found_again_where_somebody_put_it_or_acted() -> None:
    assert rows(1, 2, cursor=2).chosen_number == 2
    made = rows(1, 2)
    made.pin_cursor()
    made.update_items([TICKETS[2], TICKETS[1]], TICKETS, hold=True, page=PAGE)
    assert (made.cursor, made.chosen_number) == (1, 1)


def test_a_list_that_was_empty_begins_with_a_cursor_that_nobody_has_moved() -> None:
    made = rows(1, cursor=1)
    made.update_items([], TICKETS, hold=False, page=PAGE)
    made.update_items([TICKETS[2]], TICKETS, hold=False, page=PAGE)
    made.update_items([TICKETS[1], TICKETS[2]], TICKETS, hold=False, page=1)
    assert (made.cursor, made.chosen_number) == (1, None)


def test_what_the_agent_itself_took_away_leaves_the_cursor_on_the_next_row() -> None:
    made = rows(1, 2, 3, cursor=2)
    made.update_items([TICKETS[1], TICKETS[3]], TICKETS, hold=False, page=PAGE)
    assert made.cursor == 3


def test_the_line_of_a_ticket_that_left_goes_when_the_cursor_does() -> None:
    made = rows(1, 2, 3, cursor=2)
    made.update_items([TICKETS[1], TICKETS[3]], TICKETS, hold=True, page=PAGE)
    assert (shown(made), made.ghost) == ([1, 2, 3], 2)
    assert made.move_cursor(2)
    assert (shown(made), made.cursor, made.ghost) == ([1, 3], 3, None)


def test_a_ghost_that_nobody_leaves_is_laid_with_the_cursor_on_its_neighbour() -> None:
    made = rows(1, 2, cursor=2)
    made.update_items([TICKETS[1]], TICKETS, hold=True, page=PAGE)
    assert made.remove_ghost()
    assert (shown(made), made.cursor) == ([1], 1)


def test_a_ghost_that_stood_alone_leaves_an_empty_list() -> None:
    made = rows(1, cursor=1)
    made.update_items([], TICKETS, hold=True, page=PAGE)
    assert made.remove_ghost()
    assert (shown(made), made.cursor, made.ghost) == ([], None, None)


def test_an_unchanged_order_says_so() -> None:
    made = rows(1, 2)
    assert not made.update_items([TICKETS[1], TICKETS[2]], TICKETS, hold=True, page=PAGE)
    assert made.update_items([TICKETS[2], TICKETS[1]], TICKETS, hold=True, page=PAGE)
