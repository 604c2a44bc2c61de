"""Splitting a ticket: messages about another matter begin a ticket of their own.

The messages are copied; the originals stay where they are. See docs/domain.md, "Split tickets".
"""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from common.errors import Invalid
from common.ids import Seq
from common.people import Actor, Role
from common.text import Slug, Subject
from common.tickets.agent_command import AgentCommand
from common.tickets.correcting import MergedElsewhere
from common.tickets.decision_context import DecisionContext
from common.tickets.event import TicketEvent
from common.tickets.permissions import check_agent
from common.tickets.replying import MessageKind
from common.tickets.ticket import Priority, Ticket, WaitingOn

MessageIds = Annotated[tuple[Seq, ...], Meta(min_length=1, max_length=100)]


def begin_with_reply(opened: Ticket, author: Actor) -> Ticket:
    """Returns a new ticket that begins with a reply to its customer: it waits for the customer.

    Nothing is unanswered until the customer writes, and the reply is no response to be counted.
    """
    if opened.is_requested_by(author) or not (author.is_agent or author.role is Role.KEY):
        return opened
    return replace(
        opened,
        waiting_on=WaitingOn.CUSTOMER,
        unanswered_since=None,
        first_response_at=opened.created_at,
    )


class TicketSplit(TicketEvent, frozen=True):
    """A split, recorded on the ticket that the messages were written to."""

    type, story = "ticket.split", "split the ticket"
    occasion = "another ticket was begun with copies of its messages: `split_into` changes"


class SplitTicket(AgentCommand, frozen=True, kw_only=True):
    """Begins a ticket for the same customer with copies of messages, the first as description."""

    verb, summary = "split", "Begin a ticket of its own with some messages of a ticket"
    example = '{"message_ids": [88, 91], "subject": "The other invoice"}'
    success = 201

    message_ids: MessageIds
    subject: Subject
    priority: Priority | UnsetType = UNSET
    category: Slug | UnsetType = UNSET

    def decide(self, context: DecisionContext) -> list[TicketEvent]:
        ticket = context.ticket
        check_agent(context.actor, "split tickets")
        if ticket.merged_into is not None:
            raise MergedElsewhere(ticket, "split it")
        if context.split_number is None:
            # The number of the new ticket is the server's to draw.
            return [TicketSplit()]
        missing = set(self.message_ids) - context.message_kinds.keys()
        if missing:
            raise Invalid.for_field(
                "/message_ids", f"has no message of this ticket: {min(missing)}"
            )
        if context.message_kinds[min(self.message_ids)] != MessageKind.REPLY:
            raise Invalid.for_field(
                "/message_ids",
                "must begin with a reply, because the description is public",
            )
        split_into = (*ticket.split_into, context.split_number)
        return [TicketSplit(changes=ticket.find_changes({"split_into": split_into}))]
