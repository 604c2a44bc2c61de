"""Opening a ticket: a customer files it, or an agent or a key does so for a customer."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from common.text import Body, Email, Slug, Subject
from common.tickets.event import TicketEvent
from common.tickets.ticket import Priority, Ticket


class TicketCreated(TicketEvent, frozen=True):
    type, story = "ticket.created", "filed the ticket"


class FileTicket(Struct, frozen=True, forbid_unknown_fields=True):
    """File a ticket. Agents and keys name the customer; a customer is its own."""

    subject: Subject
    description: Body
    priority: Priority = Priority.NORMAL
    category: Slug | UnsetType = UNSET
    customer_email: Email | UnsetType = UNSET

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
        """The ticket as it is at its first event; there is none before it."""
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
            last_seq=seq,
            unanswered_since=now,
            queued_at=now,
            standing_since=now,
            public_version=1,
            public_seq=seq,
            public_at=now,
        )
