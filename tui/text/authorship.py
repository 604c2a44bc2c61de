"""Distinguishes authors: an agent who asked for a ticket speaks in it as its customer."""

from typing import Literal

from common.people import AGENTS, Role
from common.tickets.replying import MessageKind
from common.wire import ActorRef, MessageView, TicketView

AuthorSide = Literal["note", "customer", "agent"]


def is_requester(actor: ActorRef, ticket: TicketView) -> bool:
    """Returns whether somebody speaks as the customer of the ticket."""
    asked = actor.role in AGENTS and actor.id == ticket.customer.id
    return asked or actor.role is Role.CUSTOMER


def find_author_side(message: MessageView, ticket: TicketView) -> AuthorSide:
    """Returns on whose side a message stands; a note stands apart."""
    if message.kind is MessageKind.NOTE:
        return "note"
    return "customer" if is_requester(message.author, ticket) else "agent"
