"""Finds the command that takes another one back, if there is one that leaves nothing behind."""

from datetime import datetime
from typing import Final

from common.people import Actor
from common.tickets.claiming import ReleaseTicket
from common.tickets.editing import EditTicket, TicketEdits
from common.tickets.registry import Command
from common.tickets.replying import AddMessage
from common.tickets.ticket import Status
from tui.model.predicted_tickets import FieldChanges

_EDITED: Final = frozenset(TicketEdits.__struct_fields__)


def build_inverse(
    command: Command, changes: FieldChanges, actor: Actor, now: datetime
) -> Command | None:
    """Returns the command that undoes these changes; None: nothing undoes them without a trace.

    A message is read, a status counts in figures and mails, and a colleague is told of a ticket:
    such commands are held for a moment instead.
    """
    if isinstance(command, AddMessage) or not changes:
        return None
    if changes.keys() <= _EDITED:
        former = {field: old for field, (old, _) in changes.items()}
        until = former.get("snoozed_until")
        if until is not None and until <= now:
            former["snoozed_until"] = None  # it is over, and could not be set again
        return EditTicket(**former)
    is_claim = {
        "status": (Status.OPEN, Status.IN_PROGRESS),
        "assignee_id": (None, actor.id),
    }
    return ReleaseTicket() if changes == is_claim else None
