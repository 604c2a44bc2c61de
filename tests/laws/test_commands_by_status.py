"""Every command of the registry, given to a ticket in each status: what comes of it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple, TypeAlias, get_args

import pytest

from common.errors import RequestRefused
from common.people import Actor, Role
from common.tickets.assigning import AssignTicket, TicketAssigned
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.correcting import CorrectCustomer
from common.tickets.decision_context import DecisionContext
from common.tickets.editing import EditTicket
from common.tickets.event import TicketEvent
from common.tickets.merging import MergeTicket, NotMerged, TicketMerged, UnmergeTicket
from common.tickets.rating import RateTicket, TicketRated
from common.tickets.registry import AnyCommand
from common.tickets.replying import AddMessage, MessageAdded
from common.tickets.score import Rating
from common.tickets.splitting import SplitTicket, TicketSplit
from common.tickets.ticket import Priority, Status
from common.tickets.transitions import InvalidTransition, TicketClaimed, TicketReleased
from tests.support.tickets import ANA, NOON, ticket

CARLA: Final = Actor(4821, Role.CUSTOMER, 10_000, "Carla")
LATER: Final = NOON + timedelta(hours=1)
URGENT: Final = Priority.URGENT

Outcome: TypeAlias = type[TicketEvent | RequestRefused] | None
REFUSED: Final = InvalidTransition


class Row(NamedTuple):
    """A command, and the event or the refusal that comes of it; None: nothing happens.

    `outcomes` are those of a ticket of the agent that is open, in progress, resolved and closed,
    `values` what the ticket has after it. `facts` are those of the context.
    """

    command: AnyCommand
    outcomes: tuple[Outcome, ...]
    values: Mapping[str, Any] = {}
    actor: Actor = ANA
    facts: Mapping[str, Any] = {}


def unresolved(event: type[TicketEvent]) -> tuple[Outcome, ...]:
    """The outcomes of what is done to open tickets and those in progress."""
    return event, event, REFUSED, REFUSED


def unclosed(event: type[TicketEvent]) -> tuple[Outcome, ...]:
    """The outcomes of what is done to every ticket that is not closed."""
    return event, event, event, REFUSED


ROWS: Final = [
    Row(EditTicket(priority=URGENT), unclosed(TicketEvent), {"priority": URGENT}),
    Row(
        ClaimTicket(),
        (TicketClaimed, None, REFUSED, REFUSED),
        {"status": Status.IN_PROGRESS, "assignee_id": ANA.id},
    ),
    Row(ReleaseTicket(), unresolved(TicketReleased), {"status": Status.OPEN, "assignee_id": None}),
    Row(AssignTicket(3), unclosed(TicketAssigned), {"assignee_id": 3}),
    Row(MergeTicket(2), unclosed(TicketMerged), {"status": Status.CLOSED, "merged_into": 2}),
    Row(UnmergeTicket(), (NotMerged,) * 4),
    Row(
        CorrectCustomer("dora@example.org"),
        (TicketEvent,) * 4,
        {"customer_id": 201},
        facts={"customer_id": 201},
    ),
    Row(
        SplitTicket(message_ids=(5,), subject="Another matter"),
        (TicketSplit,) * 4,
        {"split_into": (9,)},
        facts={"split_number": 9, "message_kinds": {5: "reply"}},
    ),
    Row(AddMessage("Hello"), unclosed(MessageAdded), {"first_response_at": LATER}),
    Row(
        RateTicket(4),
        (REFUSED, REFUSED, TicketRated, TicketRated),
        {"rating": Rating(4, None, LATER)},
        CARLA,
    ),
]


def test_every_command_of_the_registry_has_a_row() -> None:
    assert {type(row.command) for row in ROWS} == set(get_args(AnyCommand))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row.command).__name__)
def test_a_command_does_in_each_status_what_its_row_says(row: Row) -> None:
    for status, outcome in zip(Status, row.outcomes, strict=True):
        before = ticket(status, assignee_id=ANA.id)
        context = DecisionContext(before, row.actor, LATER, **row.facts)
        if outcome is not None and issubclass(outcome, RequestRefused):
            with pytest.raises(outcome):
                row.command.decide(context)
            continue
        events = row.command.decide(context)
        assert [type(event) for event in events[:1]] == [outcome] * (outcome is not None)
        after = before
        for event in events:
            after = after.evolve(event.changes, LATER, 9)
        assert {name: getattr(after, name) for name in row.values} == row.values
        if events and getattr(row.command, "reason", None):
            assert events[0].reason == row.command.reason  # type: ignore[union-attr]
