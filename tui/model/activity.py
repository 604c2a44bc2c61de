"""Tells what people do to tickets from what the system notes on them by itself."""

from common.envelope import Envelope
from common.people import Role
from common.tickets.event import TicketEvent
from common.wire import TicketView


class ActivityTracker:
    """Remembers each ticket's last event before the system alone noted something on it."""

    def __init__(self) -> None:
        self._before_bookkeeping: dict[int, int] = {}

    def find_last_seq(self, ticket: TicketView) -> int:
        """Returns the seq of the ticket's last event, without the system's bookkeeping."""
        return self._before_bookkeeping.get(ticket.number, ticket.last_seq)

    def track_event(self, envelope: Envelope, number: int, held: TicketView | None) -> None:
        """Takes an event about a ticket; `held` is the ticket before it."""
        if held is None or not is_bookkeeping(envelope):
            self._before_bookkeeping.pop(number, None)
        elif held.last_seq < envelope.seq:
            self._before_bookkeeping.setdefault(number, held.last_seq)


def is_bookkeeping(envelope: Envelope) -> bool:
    """Returns whether only routing or an SLA clock was updated, and nobody did anything."""
    changed = set(envelope.changes or ())
    is_noted = envelope.type == TicketEvent.type and changed <= {"routing", "sla"}
    return is_noted and envelope.actor.role is Role.SYSTEM
