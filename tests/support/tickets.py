"""Tickets made by hand, as they travel and as the rules know them; what is not named is as new."""

from datetime import UTC, datetime
from typing import Any, Final

from common.people import Actor, Role
from common.tickets.sla import SlaState
from common.tickets.ticket import Priority, Status, Ticket, WaitingOn
from common.wire import CustomerRef, SlaView, TicketView

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANA: Final = Actor(4821, Role.AGENT, 2, "Ana")
DORA: Final = CustomerRef(201, "Dora", "dora@example.org")


def view(number: int, **fields: Any) -> TicketView:
    """An open ticket that nobody has, opened at noon; its last event has its number."""
    made: dict[str, Any] = {
        "org_id": 4821, "subject": f"Ticket {number}", "status": Status.OPEN, "tags": (),
        "priority": Priority.NORMAL, "category": "general", "customer": DORA, "assignee": None,
        "waiting_on": WaitingOn.AGENT, "snoozed_until": None, "close_reason": None,
        "followup_of": None, "created_at": NOON, "updated_at": NOON, "first_response_at": None,
        "resolved_at": None, "closed_at": None, "reopen_count": 0, "version": 1,
        "last_seq": number,
    }  # fmt: skip
    return TicketView(number=number, **(made | fields))


def ticket(status: Status = Status.OPEN, at: datetime = NOON, **fields: Any) -> Ticket:
    """A ticket of one moment, as the rules know it: with the times that its status has."""
    past = {
        Status.RESOLVED: {"resolved_at": at},
        Status.CLOSED: {"resolved_at": at, "closed_at": at},
    }.get(status, {})
    made: dict[str, Any] = {
        "org_id": 4821, "number": 1, "subject": "It broke", "category": "general",
        "customer_id": 10_000, "created_at": at, "updated_at": at, **past,
    }  # fmt: skip
    return Ticket(status=status, **(made | fields))


def promised(state: SlaState = SlaState.OK, **due: datetime) -> SlaView:
    """Promises of which only those run that are named: `first_response_due`, ..."""
    none: dict[str, Any] = dict.fromkeys(
        ("first_response_due", "next_response_due", "resolution_due")
    )
    return SlaView(state=state, **(none | due))
