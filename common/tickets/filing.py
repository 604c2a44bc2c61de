"""Creating a ticket: by a customer, or by an agent or API key for a customer."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from common.text import Body, Email, Slug, Subject
from common.tickets.channel import TicketChannel
from common.tickets.event import TicketEvent
from common.tickets.ticket import Audience, Priority, Ticket


class TicketCreated(TicketEvent, frozen=True):
    type, story = "ticket.created", "opened the ticket"
    occasion = "filed, or begun by a reply to a closed one"
    audience = Audience.PUBLIC


class FileTicket(Struct, frozen=True, forbid_unknown_fields=True):
    """Creates a ticket. Agents and API keys name the customer; a customer creates their own.

    Agents and API keys may say through which channel the customer came.
    """

    subject: Subject
    description: Body
    priority: Priority = Priority.NORMAL
    category: Slug | UnsetType = UNSET
    customer_email: Email | UnsetType = UNSET
    channel: TicketChannel | UnsetType = UNSET

    def open_ticket(
        self,
        org_id: int,
        number: int,
        customer_id: int,
        category: str,
        now: datetime,
        seq: int,
        followup_of: int | None = None,
    ) -> Ticket:
        """Returns the new ticket, as of its first event `seq`."""
        return Ticket(
            org_id=org_id,
            number=number,
            subject=self.subject,
            category=category,
            customer_id=customer_id,
            priority=self.priority,
            created_at=now,
            updated_at=now,
            followup_of=followup_of,
            channel=self.channel or None,
            last_seq=seq,
            unanswered_since=now,
            queued_at=now,
            standing_since=now,
            public_version=1,
            public_seq=seq,
            public_at=now,
        )
