"""Says in one plain line what happened, for whoever hears the screen instead of seeing it."""

from common.envelope import Envelope
from common.tickets.filing import TicketCreated
from common.tickets.replying import MessageAdded
from common.wire import TicketView
from tui.text import timeline
from tui.text.formatting import truncate_text

_LONGEST = 200


def announce_event(event: Envelope, me: int) -> str:
    """Returns a line for an event by others that concerns the agent; empty for all others.

    It concerns them if the ticket is theirs, or was, or is a new one that nobody has.
    """
    ticket = event.ticket
    if not ticket or event.actor.id == me:
        return ""
    if event.type == TicketCreated.type:
        return _announce_new_ticket(ticket) if ticket.assignee is None else ""
    if not _concerns(event, ticket, me):
        return ""
    name = f"#{ticket.number} {ticket.subject}"
    if event.type == MessageAdded.type and event.message:
        first_line = event.message.body.strip().partition("\n")[0]
        return truncate_text(f"{event.message.author.name} wrote on {name}: {first_line}", _LONGEST)
    entry = timeline.describe_event(event)
    return truncate_text(f"{name}: {entry.text}", _LONGEST) if entry is not None else ""


def _concerns(event: Envelope, ticket: TicketView, me: int) -> bool:
    if ticket.assignee is not None and ticket.assignee.id == me:
        return True
    old, _ = (event.changes or {}).get("assignee", (None, None))
    return isinstance(old, dict) and old.get("id") == me


def _announce_new_ticket(ticket: TicketView) -> str:
    name = f"#{ticket.number} from {ticket.customer.name}"
    return f"New {ticket.priority} ticket {name}: {ticket.subject}"
