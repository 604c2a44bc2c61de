"""Merges are undone for thirty days, and let nobody read what was not meant for them."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from common.tickets.decision_context import DecisionContext
from common.tickets.merging import (
    UNMERGE_PERIOD,
    DifferentCustomers,
    MergeTicket,
    NotMergeable,
    NotMerged,
    UnmergeTicket,
)
from common.tickets.ticket import Status, Ticket, WaitingOn
from tests.support.tickets import ANA, NOON, ticket


def merged(one: Ticket, into: Ticket, at: datetime = NOON) -> Ticket:
    (event,) = MergeTicket(into.number).decide(DecisionContext(one, ANA, at, survivor=into))
    return one.evolve(event.changes, at, 9)


def test_a_merge_is_undone_for_thirty_days_and_not_after() -> None:
    gone, survivor = merged(ticket(number=1), ticket(number=2)), ticket(number=2, merged_from=(1,))
    last = NOON + UNMERGE_PERIOD - timedelta(microseconds=1)
    context = DecisionContext(
        gone, ANA, last, survivor=survivor, values_before_merge={"status": Status.OPEN}
    )
    (event,) = UnmergeTicket().decide(context)
    assert event.changes["status"] == (Status.CLOSED, Status.OPEN)
    with pytest.raises(NotMerged, match="30 days"):
        UnmergeTicket().decide(replace(context, now=NOON + UNMERGE_PERIOD))


def test_an_outer_merge_is_undone_first() -> None:
    gone = merged(ticket(number=1), ticket(number=2))
    survivor = ticket(number=2, merged_from=(1,), merged_into=3)
    with pytest.raises(NotMerged, match="#3"):
        UnmergeTicket().decide(DecisionContext(gone, ANA, NOON, survivor=survivor))


def test_tickets_of_different_customers_are_never_merged() -> None:
    with pytest.raises(DifferentCustomers):
        merged(ticket(number=1), ticket(number=2, customer_id=8))


def test_participants_read_another_ticket_only_where_that_is_meant() -> None:
    context = DecisionContext(
        ticket(number=1), ANA, NOON, survivor=ticket(number=2), strangers=frozenset({9})
    )
    with pytest.raises(NotMergeable, match="share"):
        MergeTicket(2).decide(context)
    assert MergeTicket(2, share=True).decide(context)


def test_a_survivor_waits_for_an_answer_only_where_the_merged_ticket_did() -> None:
    survivor = ticket(number=2, waiting_on=WaitingOn.CUSTOMER)
    (quiet,) = MergeTicket(2).decide_survivor(ticket(number=1), survivor, NOON)
    assert quiet.changes == {"merged_from": ((), (1,))}
    waits = ticket(number=1, unanswered_since=NOON - timedelta(hours=1))
    (event,) = MergeTicket(2).decide_survivor(waits, survivor, NOON)
    assert event.changes["unanswered_since"] == (None, NOON)
    assert event.changes["waiting_on"] == (WaitingOn.CUSTOMER, WaitingOn.AGENT)


def test_what_a_merged_ticket_shows_moves_with_it_and_back() -> None:
    inner, outer = ticket(number=2, merged_from=(1,)), ticket(number=3, merged_from=(4,))
    (event,) = MergeTicket(3).decide_survivor(inner, outer, NOON)
    after = replace(outer, merged_from=event.changes["merged_from"][1])
    assert after.merged_from == (4, 2, 1)
    (back,) = UnmergeTicket().decide_survivor(inner, after, NOON)
    assert back.changes["merged_from"][1] == (4,)
