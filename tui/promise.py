"""The promise to a ticket's customer that breaks next."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from common.wire import SlaView, TicketView

_SECOND: Final = timedelta(seconds=1)


class Promise(Struct, frozen=True):
    """A promise that runs, and when it breaks."""

    target: str
    due: datetime

    def left(self, now: datetime) -> int:
        """Whole seconds until it breaks, begun ones counted; zero and less: it is broken."""
        return -((now - self.due) // _SECOND)


def running(ticket: TicketView) -> Promise | None:
    """The promise that breaks first; None where none runs."""
    sla = ticket.sla
    if not sla:
        return None
    running_ones = [Promise(word, due) for word, due in _targets(sla) if due is not None]
    return min(running_ones, key=lambda one: one.due, default=None)


def _targets(sla: SlaView) -> tuple[tuple[str, datetime | None], ...]:
    return (
        ("first response", sla.first_response_due),
        ("next response", sla.next_response_due),
        ("resolution", sla.resolution_due),
    )
