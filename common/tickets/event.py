"""The base class of ticket events: the changed fields, and a line for the history."""

from typing import ClassVar

from msgspec import Struct

from common.tickets.ticket import Changes


class TicketEvent(Struct, frozen=True, kw_only=True):
    """A change of a ticket.

    `type` is the name on the wire. `story` ends a sentence that begins with the actor.
    """

    type: ClassVar[str] = "ticket.updated"
    story: ClassVar[str] = "edited the ticket"

    changes: Changes = {}
    reason: str | None = None
