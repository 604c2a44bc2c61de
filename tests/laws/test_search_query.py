"""A search finds tickets like those in sight, and others when it is asked for them."""

import pytest

from common.filters.filter_parser import parse_filter as parse
from common.filters.filter_terms import FilterError
from common.tickets.ticket import Status
from tui.model.queues import Tab
from tui.model.search_query import SearchScope, parse_search

OPEN, RESOLVED, CLOSED = (Status.OPEN, Status.IN_PROGRESS), (Status.RESOLVED,), (Status.CLOSED,)
ANY = tuple(Status)


@pytest.mark.parametrize(
    ("text", "tab", "scope"),
    [
        ("vpn login", Tab.MINE, SearchScope("vpn login", OPEN)),
        ("vpn", Tab.UNASSIGNED, SearchScope("vpn", OPEN)),
        (" vpn ", Tab.OPEN, SearchScope("vpn", OPEN)),
        ("vpn", Tab.RESOLVED, SearchScope("vpn", RESOLVED)),
        ("vpn", Tab.ALL, SearchScope("vpn", ANY)),
        ("vpn st:closed", Tab.OPEN, SearchScope("vpn", CLOSED)),
        ("ST:Clo VPN", Tab.OPEN, SearchScope("VPN", CLOSED)),
        ("vpn st:resolved st:closed", Tab.OPEN, SearchScope("vpn", RESOLVED + CLOSED)),
        ("vpn st:all", Tab.RESOLVED, SearchScope("vpn", ANY)),
        ("error:404 #17 vpn", Tab.OPEN, SearchScope("error:404 #17 vpn", OPEN)),
        ("vpn p:high -tag:vip", Tab.OPEN, SearchScope("vpn", OPEN, parse("p:high -tag:vip"))),
        ("@me vpn -login", Tab.ALL, SearchScope("vpn", ANY, parse("@me -login"))),
        ("vpn -st:open", Tab.ALL, SearchScope("vpn", ANY, parse("-st:open"))),
        ("st:closed", Tab.OPEN, SearchScope("", CLOSED)),
        ("p:high", Tab.OPEN, SearchScope("", OPEN, parse("p:high"))),
    ],
)
def test_what_is_typed_says_which_words_and_which_tickets(
    text: str, tab: Tab, scope: SearchScope
) -> None:
    assert parse_search(text, tab) == scope


def test_a_term_that_means_nothing_is_refused() -> None:
    with pytest.raises(FilterError, match="status"):
        parse_search("vpn st:nonsense", Tab.OPEN)


def test_what_is_wrong_has_the_place_at_which_it_was_typed() -> None:
    with pytest.raises(FilterError) as caught:
        parse_search(" st:all p:urgnt", Tab.OPEN)
    assert caught.value.position == " st:all p:urgnt".index("urgnt")


@pytest.mark.parametrize("text", ["", "  "])
def test_a_search_for_nothing_is_refused(text: str) -> None:
    with pytest.raises(FilterError, match="what to search for"):
        parse_search(text, Tab.OPEN)


@pytest.mark.parametrize(
    ("scope", "description"),
    [
        (SearchScope("vpn", ANY), "for “vpn”"),
        (SearchScope("vpn", CLOSED), "for “vpn” among closed"),
        (SearchScope("", CLOSED, parse("p:high")), "among closed priority:high"),
        (SearchScope("", ANY), "among all"),
    ],
)
def test_what_is_searched_for_is_said(scope: SearchScope, description: str) -> None:
    assert scope.description == description


@pytest.mark.parametrize(
    ("statuses", "name"),
    [
        (OPEN, "unresolved"),
        (CLOSED, "closed"),
        (RESOLVED + CLOSED, "resolved or closed"),
        (ANY, ""),
    ],
)
def test_what_was_searched_is_named(statuses: tuple[Status, ...], name: str) -> None:
    assert SearchScope("vpn", statuses).name == name
