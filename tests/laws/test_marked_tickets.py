"""Marks in a list, and undoing what was done to the marked ones."""

from hypothesis import given
from hypothesis import strategies as st

from common.bulk import BulkProblem, BulkResult
from common.people import Actor, Role
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.registry import Command
from common.tickets.ticket import Priority, Status
from common.wire import PersonRef
from tests.support.tickets import NOON, view
from tui.model.bulk_undo import find_inverses, plan_undo
from tui.model.marked_tickets import MarkedTickets

ME = Actor(4821, Role.AGENT, 102, "Ann")
orders = st.permutations(range(1, 8))


@given(orders, st.integers(1, 7), st.integers(1, 7))
def test_a_range_has_both_its_ends_and_what_lies_between(
    order: list[int], first: int, last: int
) -> None:
    marks = MarkedTickets()
    marks.toggle(first)
    marks.mark_range(order, last)
    start, end = sorted((order.index(first), order.index(last)))
    assert marks.numbers == set(order[start : end + 1])


def test_a_mark_is_taken_off_by_the_same_key_and_a_range_needs_no_beginning() -> None:
    marks = MarkedTickets()
    marks.mark_range([3, 1, 2], 1)
    assert marks.numbers == {1}
    marks.toggle(1)
    assert not marks.clear()
    marks.toggle(9)
    marks.mark_range([3, 1, 2], 2)  # the list does not show 9 any more
    assert marks.numbers == {9, 2}


def test_the_inverse_of_a_bulk_change_is_what_each_ticket_was_before() -> None:
    tickets = {
        1: view(1, priority=Priority.LOW),
        2: view(2, priority=Priority.URGENT),
        3: view(3, priority=Priority.LOW),
        4: view(4, priority=Priority.HIGH),
        5: view(5, status=Status.CLOSED),
    }
    command = EditTicket(priority=Priority.HIGH)
    inverses = find_inverses(command, tickets.values(), ME, NOON)
    assert set(inverses) == {1, 2, 3}
    results = [
        BulkResult(1, version=2, changed=True),
        BulkResult(2, version=2, changed=True),
        BulkResult(3, problem=BulkProblem("stale", "No")),
    ]
    now = {number: view(number, version=9, priority=Priority.HIGH) for number in tickets}
    jobs: list[tuple[Command, list[int]]] = [
        (EditTicket(priority=Priority.LOW), [1]),
        (EditTicket(priority=Priority.URGENT), [2]),
    ]
    assert plan_undo(inverses, results, now) == jobs
    # Somebody changed one of them since: it is left alone.
    assert plan_undo(inverses, results, now | {1: view(1)}) == jobs[1:]


def test_claims_are_released_together_and_a_resolution_is_not_undone() -> None:
    tickets = [view(1), view(2)]
    assert find_inverses(EditTicket(status=Status.RESOLVED), tickets, ME, NOON) == {}
    inverses = find_inverses(ClaimTicket(), tickets, ME, NOON)
    results = [BulkResult(number, version=2, changed=True) for number in (1, 2)]
    mine = {"status": Status.IN_PROGRESS, "assignee": PersonRef(102, "Ann")}
    now = {number: view(number, **mine) for number in (1, 2)}
    assert plan_undo(inverses, results, now) == [(ReleaseTicket(), [1, 2])]
