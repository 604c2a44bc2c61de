"""Tells what others do to tickets from what the agent does, and the system notes by itself."""

from common.envelope import Envelope
from common.people import Role
from common.tickets.event import TicketEvent
from common.wire import TicketView


class ActivityTracker:
    """Remembers each ticket's last event before the agent or the system alone did something."""

    def __init__(self) -> None:
        self._by_others: dict[int, int] = {}

    def find_last_seq(self, ticket: TicketView) -> int:
        """Returns the seq of the last event that others made, the system's bookkeeping aside."""
        return self._by_others.get(ticket.number, ticket.last_seq)

    def track_event(
        self, envelope: Envelope, number: int, held: TicketView | None, *, is_own: bool
    ) -> None:
        """Takes an event about a ticket; `held` is the ticket before it."""
        before = held.last_seq if held else 0
        if not is_own and (held is None or not is_bookkeeping(envelope)):
            self._by_others.pop(number, None)
        elif before < envelope.seq:
            self._by_others.setdefault(number, before)


def is_bookkeeping(envelope: Envelope) -> bool:
    """Returns whether only routing or an SLA clock was updated, and nobody did anything."""
    changed = set(envelope.changes or ())
    is_noted = envelope.type == TicketEvent.type and changed <= {"routing", "sla"}
    return is_noted and envelope.actor.role is Role.SYSTEM
