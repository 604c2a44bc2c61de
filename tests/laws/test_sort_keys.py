"""A list can be sorted by every column, both ways; what is empty in it comes last."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from common.ticket_columns import ListOrder, TicketColumn
from common.tickets.ticket import UNRESOLVED, Priority, Status, WaitingOn
from common.wire import CustomerRef, PersonRef, TicketView
from tests.support.tickets import NOON, promised, view
from tui.model.queues import ListSource, SortedTickets, Tab, is_in_tab
from tui.model.sort_keys import choose_sort_key, find_due_timestamp

ORDERS = st.builds(ListOrder, st.sampled_from(list(TicketColumn)), st.booleans())
NAMES = st.sampled_from(["Ana", "ana b", "Bo", "Ärger", "b", "ba", ""])
FIELDS = st.fixed_dictionaries(
    {
        "subject": NAMES,
        "status": st.sampled_from([it for it in Status if it in UNRESOLVED]),
        "priority": st.sampled_from(list(Priority)),
        "category": NAMES,
        "tags": st.lists(NAMES, max_size=2).map(tuple),
        "waiting_on": st.sampled_from(list(WaitingOn)),
        "assignee": st.none() | st.builds(PersonRef, st.integers(1, 3), NAMES),
        "customer": st.builds(CustomerRef, st.integers(1, 3), NAMES, st.just("a@b.example")),
        "created_at": st.integers(0, 9).map(lambda it: NOON + timedelta(hours=it)),
        "updated_at": st.integers(0, 9).map(lambda it: NOON + timedelta(hours=it)),
        "sla": st.none()
        | st.integers(0, 9).map(lambda it: promised(resolution_due=NOON + timedelta(hours=it))),
    }
)


def make_tickets(fields: list[dict[str, Any]]) -> list[TicketView]:
    return [view(number, **one) for number, one in enumerate(fields, 1)]


def is_open(ticket: TicketView) -> bool:
    return is_in_tab(Tab.OPEN, ticket, 1)


def is_empty(column: TicketColumn, ticket: TicketView) -> bool:
    empty = {
        TicketColumn.ASSIGNEE: ticket.assignee is None,
        TicketColumn.TAGS: not " ".join(ticket.tags or ()),
        TicketColumn.SLA_DUE: find_due_timestamp(ticket) is None,
    }
    return empty.get(column, False)


@given(order=ORDERS, is_paged=st.booleans(), fields=st.lists(FIELDS, max_size=12))
def test_what_is_empty_comes_last_and_no_two_tickets_are_equal(
    order: ListOrder,
    is_paged: bool,  # noqa: FBT001 - an argument of the law
    fields: list[dict[str, Any]],
) -> None:
    tickets = make_tickets(fields)
    key = choose_sort_key(order, is_paged=is_paged)
    in_order = sorted(tickets, key=key)
    empties = [is_empty(order.column, one) for one in in_order]
    assert empties == sorted(empties)
    assert len({key(one) for one in tickets}) == len(tickets)
    full = [one.number for one in in_order if not is_empty(order.column, one)]
    back = choose_sort_key(order.reverse(), is_paged=is_paged)
    values = {one.number: key(one)[1] for one in in_order}
    other = [one.number for one in sorted(tickets, key=back) if one.number in full]
    assert [values[number] for number in other] == [values[number] for number in full[::-1]]


@given(
    order=ORDERS,
    fields=st.lists(FIELDS, max_size=10),
    changes=st.lists(st.tuples(st.integers(0), FIELDS)),
)
def test_a_list_that_follows_changes_is_the_list_sorted_anew(
    order: ListOrder, fields: list[dict[str, Any]], changes: list[tuple[int, dict[str, Any]]]
) -> None:
    held = {one.number: one for one in make_tickets(fields)}
    part = SortedTickets(is_open, held.values(), order)
    for place, after in changes:
        number = place % (len(fields) + 2) + 1
        before = held.get(number)
        held[number] = replace(before, **after) if before else view(number, **after)
        part.place_ticket(before, held[number])
    assert part.list_numbers() == SortedTickets(is_open, held.values(), order).list_numbers()


def test_a_name_that_begins_another_comes_first_and_reversed_last() -> None:
    tickets = [view(1, subject="b"), view(2, subject="BA"), view(3, subject="a")]
    for way, expected in ((False, [3, 1, 2]), (True, [2, 1, 3])):
        key = choose_sort_key(ListOrder(TicketColumn.SUBJECT, way))
        assert [one.number for one in sorted(tickets, key=key)] == expected


def test_a_list_loaded_up_to_a_ticket_ends_with_it() -> None:
    tickets = [view(n, updated_at=NOON + timedelta(hours=n)) for n in range(1, 6)]
    part = SortedTickets(lambda _: True, tickets, ListSource(Tab.ALL).default_order, is_paged=True)
    assert part.list_numbers() == [5, 4, 3, 2, 1]
    assert part.list_numbers(last=tickets[2]) == [5, 4, 3]
