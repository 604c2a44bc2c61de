"""Rating a ticket: by whom, when, and what a repeated one is."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Forbidden
from common.people import Actor, Role
from common.tickets.decision_context import DecisionContext
from common.tickets.rating import RATING_PERIOD, RateTicket, TicketRated
from common.tickets.score import Rating
from common.tickets.ticket import CloseReason, Status, Ticket
from common.tickets.transitions import InvalidTransition
from tests.support import tickets

THEN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = THEN + timedelta(days=2)
CARLA = Actor(4821, Role.CUSTOMER, 10_000, "Carla")
comments = st.sampled_from([None, "Thank you.", "No."])
ratings = st.builds(RateTicket, st.integers(1, 5), comments)


def ticket(status: Status = Status.RESOLVED, **fields: Any) -> Ticket:
    return tickets.ticket(status, THEN, **fields)


def after(before: Ticket, command: RateTicket, now: datetime = NOW) -> Ticket:
    for event in command.decide(DecisionContext(before, CARLA, now)):
        assert isinstance(event, TicketRated)
        before = before.evolve(event.changes, now, before.last_seq + 1)
    return before


@pytest.mark.parametrize("role", [*Role])
def test_only_its_requester_rates_a_ticket_whatever_the_role(role: Role) -> None:
    for id_ in (10_000, 10_001):
        actor = Actor(4821, role, id_, "Somebody")
        if id_ == 10_000 and role not in {Role.KEY, Role.SYSTEM}:
            assert RateTicket(4).decide(DecisionContext(ticket(), actor, NOW))
            continue
        with pytest.raises(Forbidden):
            RateTicket(4).decide(DecisionContext(ticket(), actor, NOW))


@pytest.mark.parametrize("status", [Status.OPEN, Status.IN_PROGRESS])
def test_an_unresolved_ticket_cannot_be_rated(status: Status) -> None:
    with pytest.raises(InvalidTransition) as refused:
        RateTicket(4).decide(DecisionContext(ticket(status), CARLA, NOW))
    assert refused.value.extras["allowed"] == [Status.RESOLVED]


def test_a_closed_ticket_can_be_rated_until_its_link_expires() -> None:
    last = THEN + RATING_PERIOD - timedelta(microseconds=1)
    assert RateTicket(4).decide(DecisionContext(ticket(Status.CLOSED), CARLA, last))
    with pytest.raises(InvalidTransition):
        RateTicket(4).decide(DecisionContext(ticket(Status.CLOSED), CARLA, THEN + RATING_PERIOD))


def test_spam_was_never_resolved_and_is_never_rated() -> None:
    spam = ticket(Status.CLOSED, resolved_at=None, close_reason=CloseReason.SPAM)
    with pytest.raises(InvalidTransition):
        RateTicket(4).decide(DecisionContext(spam, CARLA, NOW))


@given(st.lists(ratings, min_size=1, max_size=6))
def test_the_last_rating_counts_and_a_repeated_one_is_no_event(commands: list[RateTicket]) -> None:
    it, seqs = ticket(), []
    for n, command in enumerate(commands):
        it = after(it, command, NOW + timedelta(minutes=n))
        seqs.append(it.last_seq)
        assert it.rating is not None
        assert it.rating.is_same_as(Rating(command.score, command.comment or None))
    for n, (one, other) in enumerate(itertools.pairwise(commands), 1):
        assert (seqs[n] == seqs[n - 1]) == (one == other)


@given(ratings)
def test_another_resolution_is_rated_anew_even_with_the_same_words(command: RateTicket) -> None:
    first = after(ticket(), command)
    again = first.evolve({"resolved_at": (THEN, NOW + timedelta(days=1))}, NOW, 2)
    assert again.rating == first.rating
    assert after(again, command, NOW + timedelta(days=2)).rating != first.rating
