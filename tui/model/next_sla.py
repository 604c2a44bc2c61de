"""The SLA target of a ticket that is due next."""

from datetime import datetime
from math import ceil, floor

from msgspec import Struct

from common.wire import SlaView, TicketView


class RunningSlaTarget(Struct, frozen=True):
    """An SLA target whose clock runs, and its due time."""

    target: str
    due: datetime

    def seconds_left(self, now: datetime) -> int:
        """Returns whole seconds until the target is breached; zero or less: it is breached.

        All that is drawn within one second of the wall clock has the same value.
        """
        left = ceil(self.due.timestamp()) - floor(now.timestamp())
        return left if now < self.due else min(left, 0)


def find_next_target(ticket: TicketView) -> RunningSlaTarget | None:
    """Returns the target that is due first; None where no clock runs."""
    sla = ticket.sla
    if not sla:
        return None
    running_ones = [
        RunningSlaTarget(word, due) for word, due in _list_targets(sla) if due is not None
    ]
    return min(running_ones, key=lambda one: one.due, default=None)


def _list_targets(sla: SlaView) -> tuple[tuple[str, datetime | None], ...]:
    return (
        ("first response", sla.first_response_due),
        ("next response", sla.next_response_due),
        ("resolution", sla.resolution_due),
    )
