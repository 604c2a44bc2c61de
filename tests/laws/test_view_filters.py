"""Filters of saved views: what they depend on, and whether the store has all of their tickets."""

from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.filters.filter_format import format_filter
from common.filters.filter_matching import FilterContext, matches_filter
from common.filters.filter_parser import parse_filter
from common.saved_views import SavedView
from common.tickets.ticket import UNRESOLVED, Priority, Status
from common.wire import PersonRef, TicketView
from tests.support.tickets import NOON, view
from tui.model.queues import NO_FILTER, ListSource, Tab, is_in_tab
from tui.model.store import Store
from tui.model.ticket_index import TicketIndex
from tui.model.view_filters import (
    combine_filters,
    depends_on_name,
    depends_on_time,
    find_source,
    is_resolved_only,
    is_unresolved_only,
)
from tui.model.view_library import ViewLibrary, format_tab_number

ME = 7
CONTEXT = FilterContext(ME, NOON + timedelta(hours=1), UTC)
PEOPLE = st.sampled_from([None, PersonRef(ME, "Ana"), PersonRef(8, "Bo")])
TICKETS = st.builds(
    lambda status, priority, assignee, tags: view(
        1, status=status, priority=priority, assignee=assignee, tags=tags
    ),
    st.sampled_from(list(Status)),
    st.sampled_from(list(Priority)),
    PEOPLE,
    st.sampled_from([(), ("vip",), ("slow", "vip")]),
)
TERMS = st.sampled_from(
    [
        "status:open",
        "status:unresolved",
        "status:open,closed",
        "status:resolved",
        "-status:resolved",
        "-status:resolved,closed",
        "-status:open",
        "tag:vip",
        "@me",
        "-@none",
        "p:urgent",
    ]
)
FILTERS = st.lists(TERMS, max_size=3).map(lambda terms: parse_filter(" ".join(terms)))


@given(wanted=FILTERS, ticket=TICKETS)
def test_a_filter_of_unresolved_tickets_alone_matches_no_other(
    wanted: Any, ticket: TicketView
) -> None:
    if is_unresolved_only(wanted) and matches_filter(wanted, ticket, CONTEXT):
        assert ticket.status in UNRESOLVED
    if is_resolved_only(wanted) and matches_filter(wanted, ticket, CONTEXT):
        assert ticket.status not in UNRESOLVED


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("status:resolved", True),
        ("vpn st:c", True),
        ("-status:unresolved", True),
        ("status:open,resolved", False),
        ("-status:open", False),
        ("resolved:any", False),
    ],
)
def test_a_filter_may_name_resolved_tickets_alone(text: str, *, is_so: bool) -> None:
    assert is_resolved_only(parse_filter(text)) is is_so


@pytest.mark.parametrize(
    ("text", "tab"),
    [
        ("status:unresolved tag:vip", Tab.OPEN),
        ("-status:closed,resolved", Tab.OPEN),
        ("-status:closed", Tab.ALL),
        ("tag:vip", Tab.ALL),
        ("status:open,resolved", Tab.ALL),
        ("", Tab.ALL),
    ],
)
def test_a_view_comes_from_the_store_where_that_has_all_of_its_tickets(text: str, tab: Tab) -> None:
    assert find_source(parse_filter(text)).tab is tab


@given(typed=FILTERS, ticket=TICKETS, tab=st.sampled_from(list(Tab)))
def test_the_filter_that_is_saved_finds_what_the_list_shows(
    typed: Any, ticket: TicketView, tab: Tab
) -> None:
    saved = combine_filters(ListSource(tab), typed)
    shown = is_in_tab(tab, ticket, ME) and matches_filter(typed, ticket, CONTEXT)
    assert matches_filter(saved, ticket, CONTEXT) is shown
    assert parse_filter(format_filter(saved)) == saved
    again = combine_filters(find_source(saved), NO_FILTER)
    assert matches_filter(again, ticket, CONTEXT) is shown


@given(
    wanted=FILTERS,
    before=st.lists(TICKETS, max_size=8),
    after=st.lists(st.tuples(st.integers(0, 9), TICKETS), max_size=8),
)
def test_the_list_of_a_view_follows_changes_and_its_count_is_its_length(
    wanted: Any, before: list[TicketView], after: list[tuple[int, TicketView]]
) -> None:
    def numbered(number: int, ticket: TicketView) -> TicketView:
        return view(
            number,
            status=ticket.status,
            priority=ticket.priority,
            assignee=ticket.assignee,
            tags=ticket.tags,
        )

    held = {n: numbered(n, one) for n, one in enumerate(before, 1)}
    index = TicketIndex(held, ME, lambda: CONTEXT)
    source = find_source(wanted)
    index.count_list(source)
    for place, one in after:
        old, new = held.get(place + 1), numbered(place + 1, one)
        held[new.number] = new
        index.place_ticket(old, new)
    expected = {n for n, one in held.items() if matches_filter(wanted, one, CONTEXT)}
    assert {*index.arrange_list(source).numbers} == expected
    assert index.count_list(source) == len(expected)


def test_a_filter_by_time_finds_other_tickets_when_time_has_passed() -> None:
    now = [NOON]
    held = {1: view(1)}
    index = TicketIndex(held, ME, lambda: FilterContext(ME, now[0], UTC))
    source = find_source(parse_filter("status:open created:>3d"))
    assert index.count_list(source) == 0
    now[0] += timedelta(days=4)
    assert index.pass_time()
    assert index.count_list(source) == 1
    still = TicketIndex(held, ME, lambda: CONTEXT)
    still.count_list(find_source(parse_filter("status:open tag:vip")))
    assert not still.pass_time()


@pytest.mark.parametrize(
    ("text", "by_time", "by_name"),
    [
        ("created:<3d", True, False),
        ("snoozed:any", False, False),
        ("@bo", False, True),
        ("printer", False, True),
        ("tag:vip", False, False),
    ],
)
def test_it_is_known_what_may_change_without_the_ticket(
    text: str,
    by_time: bool,  # noqa: FBT001 - a case of the test
    by_name: bool,  # noqa: FBT001 - likewise
) -> None:
    assert depends_on_time(parse_filter(text)) is by_time
    assert depends_on_name(parse_filter(text)) is by_name


def make_view(number: int, text: str, *, shared: bool = True, **fields: Any) -> SavedView:
    return SavedView(
        id=number,
        name=f"View {number}",
        filter=text,
        sort="sla_due",
        columns=(),
        shared=shared,
        version=1,
        created_at=NOON,
        updated_at=NOON,
        **({"position": number} | fields),
    )


def test_everybodys_views_come_first_and_each_by_its_position() -> None:
    library = ViewLibrary()
    library.load(
        [
            make_view(1, "", shared=False, position=1),
            make_view(2, "", shared=False, position=0),
            make_view(3, "", position=1),
            make_view(4, "", position=0),
        ]
    )
    assert [*library.views] == [4, 3, 2, 1]


def test_a_filter_of_a_newer_server_is_not_shown_and_says_why() -> None:
    library = ViewLibrary()
    library.load([make_view(1, "mood:bad"), make_view(2, "tag:vip", count=12)])
    assert "no field mood" in library.explain_unreadable(1)
    assert library.explain_unreadable(2) == ""
    assert library.explain_unreadable(3) == "There is no such view any more."
    assert library.find_source(1) is None
    assert library.count_tickets(1, Store()) is None
    assert library.count_tickets(2, Store()) == 12
    assert library.has_paged


@pytest.mark.parametrize(("count", "text"), [(None, "…"), (0, "0"), (10_000, "10000+")])
def test_a_count_that_is_not_known_or_not_exact_says_so(count: int | None, text: str) -> None:
    assert format_tab_number(count) == text
