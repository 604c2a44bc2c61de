"""The recipient of a mail, an event for it, and what of the event this person may read. Pure."""

from functools import cached_property

from msgspec import UNSET, Struct

from common.envelope import Envelope
from common.notifications import Reason
from common.people import Role
from common.tickets.replying import MessageKind
from common.wire import TicketView
from server.domain.languages.catalogue import Catalogue, load_catalogue


class MailRecipient(Struct, frozen=True, kw_only=True, dict=True):
    """The person who gets a mail, the organization's name, zone and language.

    `links` are the addresses of the person's ticket pages by number: none for agents about the
    work of others. `takes_part` are the tickets of others in which the person is a participant.
    `answers`: a reply to the mail comes back to the ticket.
    """

    id: int
    role: Role
    organization: str
    zone: str = "UTC"
    language: str = "en"
    answers: bool = False
    links: dict[int, str] = {}
    takes_part: frozenset[int] = frozenset()

    @property
    def is_customer(self) -> bool:
        return self.role is Role.CUSTOMER

    @cached_property
    def texts(self) -> Catalogue:
        """The sentences of the organization's language."""
        return load_catalogue(self.language)


class MailEvent(Struct, frozen=True):
    """An event, why the recipient is notified, and what happened with it in one transaction.

    `description` is the ticket's own text, where the event is its creation.
    """

    envelope: Envelope
    reason: str
    then: tuple[Envelope, ...] = ()
    description: str = ""

    def is_for_requester(self, recipient: MailRecipient) -> bool:
        """Returns whether the texts for customers fit: also for agents about their own requests."""
        return recipient.is_customer or self.reason == Reason.CUSTOMER

    def find_visible_ticket(self, recipient: MailRecipient) -> TicketView | None:
        """Returns the event's ticket, if it has one and the recipient may read the event."""
        return find_visible_ticket(self.envelope, recipient)


def find_visible_ticket(envelope: Envelope, recipient: MailRecipient) -> TicketView | None:
    """Returns the ticket of an event that the recipient may read.

    Customers read public events of their own tickets, participants only the replies.
    """
    ticket, message = envelope.ticket, envelope.message
    if ticket is UNSET:
        return None
    if not recipient.is_customer:
        return ticket
    if envelope.undelivered is not UNSET:
        return None
    if message is not UNSET and message.kind is not MessageKind.REPLY:
        return None
    if ticket.customer.id == recipient.id:
        return ticket
    return ticket if message is not UNSET and ticket.number in recipient.takes_part else None
