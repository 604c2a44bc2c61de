"""The shape all ticket events share: what became different, and how to say it in a line."""

from typing import ClassVar

from msgspec import Struct

from common.tickets.ticket import Changes


class TicketEvent(Struct, frozen=True, kw_only=True):
    """Something that happened to a ticket.

    `type` is the name on the wire, `story` the end of a sentence that begins with the actor.
    """

    type: ClassVar[str] = "ticket.updated"
    story: ClassVar[str] = "edited the ticket"

    changes: Changes = {}
    reason: str | None = None
