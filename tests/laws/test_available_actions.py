"""A key that cannot be used says why, in the words of the rule that the server applies."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from common.people import Actor, Role
from common.tickets.ticket import Status
from common.wire import PersonRef, TicketView
from tests.support.tickets import view
from tui.keys import KEYS
from tui.model.available_actions import explain_unavailable
from tui.model.unread import UnreadTracker
from tui.ticket_verbs import build_claim_command

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANA, BO = PersonRef(1, "Ana"), PersonRef(2, "Bo")
AGENT = Actor(4821, Role.AGENT, 1, "Ana")
SUPERVISOR = Actor(4821, Role.SUPERVISOR, 9, "Mia")
VERBS = sorted({key.verb for key in KEYS if key.verb})


def ticket(status: Status = Status.OPEN, owner: PersonRef | None = None) -> TicketView:
    return view(17, subject="VPN drops", status=status, assignee=owner, last_seq=5)


@pytest.mark.parametrize(
    ("verb", "status", "owner", "sentence"),
    [
        ("claim", Status.OPEN, None, None),
        ("claim", Status.IN_PROGRESS, ANA, None),
        ("claim", Status.IN_PROGRESS, BO, "Bo has #17."),
        ("claim", Status.RESOLVED, None, "#17 is resolved: it cannot be claimed."),
        ("assign", Status.OPEN, None, "Only the assignee or a supervisor may do this."),
        ("assign", Status.IN_PROGRESS, ANA, None),
        ("resolve", Status.OPEN, None, None),
        ("resolve", Status.RESOLVED, ANA, "#17 is resolved already."),
        ("reopen", Status.OPEN, None, "#17 is not resolved."),
        ("reopen", Status.RESOLVED, BO, None),
        ("reopen", Status.CLOSED, BO, "#17 is closed: it cannot become in progress."),
        ("reply", Status.CLOSED, ANA, "#17 is closed: it cannot be written to."),
        ("note", Status.RESOLVED, None, None),
        ("priority", Status.CLOSED, ANA, "#17 is closed: it cannot be edited."),
        ("status", Status.CLOSED, ANA, "#17 is closed: only a supervisor changes that."),
    ],
)
def test_an_agent_is_told_what_stands_against_a_verb(
    verb: str, status: Status, owner: PersonRef | None, sentence: str | None
) -> None:
    assert explain_unavailable(verb, ticket(status, owner), AGENT, NOW) == sentence


@pytest.mark.parametrize("verb", ["assign", "reopen", "status"])
def test_a_supervisor_may_what_an_agent_may_not(verb: str) -> None:
    status = Status.IN_PROGRESS if verb == "assign" else Status.CLOSED
    assert explain_unavailable(verb, ticket(status, BO), SUPERVISOR, NOW) is None


@pytest.mark.parametrize("verb", VERBS)
def test_without_a_ticket_no_verb_is_live(verb: str) -> None:
    assert explain_unavailable(verb, None, AGENT, NOW) == "No ticket is selected."


def test_the_claim_key_releases_what_is_one_s_own_and_in_progress() -> None:
    assert (
        type(build_claim_command(ticket(Status.IN_PROGRESS, ANA), AGENT)).__name__
        == "ReleaseTicket"
    )
    assert type(build_claim_command(ticket(Status.OPEN, ANA), AGENT)).__name__ == "ClaimTicket"


def test_news_is_what_others_did_to_my_tickets_and_to_nobody_s() -> None:
    unread = UnreadTracker()
    unread.start_at_seq(4)
    mine, free, bos = ticket(owner=ANA), ticket(), ticket(owner=BO)
    assert unread.has_unread(mine, 1)
    assert unread.has_unread(free, 1)
    assert not unread.has_unread(bos, 1)
    unread.mark_seen(mine)
    assert not unread.has_unread(mine, 1)
    assert unread.has_unread(replace(mine, last_seq=6), 1)


def test_an_answer_that_is_overtaken_makes_nothing_unread_again() -> None:
    unread = UnreadTracker()
    unread.begin_command(17)
    unread.begin_command(17)
    unread.end_command(17, 9)
    unread.end_command(17, 7)
    assert unread.last_seen_seq(17) == 9
    assert unread.is_own_change(replace(ticket(), last_seq=9))


def test_what_one_does_oneself_is_no_news_not_even_before_the_answer() -> None:
    unread = UnreadTracker()
    unread.begin_command(17)
    assert not unread.has_unread(ticket(), 1)
    unread.end_command(17, 5)
    assert not unread.has_unread(ticket(), 1)
    later = replace(ticket(), last_seq=6, updated_at=NOW + timedelta(minutes=1))
    assert unread.has_unread(later, 1)


@given(
    deeds=st.lists(
        st.tuples(
            st.sampled_from(["changed", "seen", "began", "ended", "failed", "asked"]),
            st.integers(1, 3),
            st.sampled_from([None, ANA, BO]),
        )
    )
)
def test_the_tickets_with_news_are_kept_as_if_each_were_asked(
    deeds: list[tuple[str, int, PersonRef | None]],
) -> None:
    unread, under_way = UnreadTracker(), Counter[int]()
    tickets: dict[int, TicketView] = {}
    unread.start_at_seq(2)
    for seq, (deed, number, owner) in enumerate(deeds, 2):
        held = tickets.get(number)
        if deed == "changed":
            tickets[number] = replace(ticket(owner=owner), number=number, last_seq=seq)
            unread.note_tickets([tickets[number]])
        elif deed == "began":
            unread.begin_command(number)
            under_way[number] += 1
        elif deed in {"ended", "failed"} and under_way[number]:
            unread.end_command(number, seq if deed == "ended" else None)
            under_way[number] -= 1
        elif deed == "seen" and held is not None:
            unread.mark_seen(held)
        elif deed == "asked":
            unread.list_unread(tickets, 1)
    expected = {number for number, it in tickets.items() if unread.has_unread(it, 1)}
    assert unread.list_unread(tickets, 1) == expected
