"""Tickets as they travel, made by hand: what a test does not name is as a new ticket has it."""

from datetime import UTC, datetime
from typing import Any, Final

from common.tickets.sla import SlaState
from common.tickets.ticket import Priority, Status, WaitingOn
from common.wire import CustomerRef, SlaView, TicketView

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
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


def promised(state: SlaState = SlaState.OK, **due: datetime) -> SlaView:
    """Promises of which only those run that are named: `first_response_due`, ..."""
    none: dict[str, Any] = dict.fromkeys(
        ("first_response_due", "next_response_due", "resolution_due")
    )
    return SlaView(state=state, **(none | due))
