"""The promise to a ticket's customer that breaks next."""

from datetime import datetime
from math import ceil, floor

from msgspec import Struct

from common.wire import SlaView, TicketView


class RunningSlaTarget(Struct, frozen=True):
    """A promise that runs, and when it breaks."""

    target: str
    due: datetime

    def seconds_left(self, now: datetime) -> int:
        """Whole seconds until it breaks; zero and less, from its very instant on: it is broken.

        All that is drawn within one second of the wall's clock counts alike.
        """
        left = ceil(self.due.timestamp()) - floor(now.timestamp())
        return left if now < self.due else min(left, 0)


def find_next_target(ticket: TicketView) -> RunningSlaTarget | None:
    """The promise that breaks first; None where none runs."""
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
