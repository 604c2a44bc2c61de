"""The base class of ticket events: the changed fields, and what is said about each type."""

from typing import ClassVar

from msgspec import Struct

from common.tickets.ticket import Audience, Changes, Ticket, Values


class TicketEvent(Struct, frozen=True, kw_only=True):
    """A change of a ticket.

    `type` is the name on the wire. `story` ends a sentence that begins with the actor. `occasion`
    says in docs/api.md when the event is recorded. The customer of the ticket gets an event whose
    `audience` is public; another one only where it changes a field that customers see.
    """

    type: ClassVar[str] = "ticket.updated"
    story: ClassVar[str] = "edited the ticket"
    occasion: ClassVar[str] = "fields changed, the status not"
    audience: ClassVar[Audience] = Audience.STAFF

    changes: Changes = {}
    reason: str | None = None

    @classmethod
    def build_events(
        cls, ticket: Ticket, values: Values, reason: str | None = None
    ) -> "list[TicketEvent]":
        """Returns an event of the values that differ from the ticket's; none where none does."""
        changes = ticket.find_changes(values)
        return [cls(changes=changes, reason=reason)] if changes else []
