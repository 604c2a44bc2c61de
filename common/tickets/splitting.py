"""Splitting a ticket: messages about another matter begin a ticket of their own.

The messages are copied; the originals stay where they are. See docs/domain.md, "Split tickets".
"""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from common.errors import Forbidden, Invalid
from common.ids import Seq
from common.people import Actor
from common.text import Slug, Subject
from common.tickets.correcting import MergedElsewhere
from common.tickets.decision_context import EMPTY_CONTEXT, DecisionContext
from common.tickets.event import TicketEvent
from common.tickets.replying import MessageKind
from common.tickets.ticket import Priority, Ticket

MessageIds = Annotated[tuple[Seq, ...], Meta(min_length=1, max_length=100)]


class TicketSplit(TicketEvent, frozen=True):
    """A split, recorded on the ticket that the messages were written to."""

    type, story = "ticket.split", "split the ticket"


class SplitTicket(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Begins a ticket for the same customer with copies of messages, the first as description."""

    message_ids: MessageIds
    subject: Subject
    priority: Priority | UnsetType = UNSET
    category: Slug | UnsetType = UNSET

    def decide(
        self, ticket: Ticket, actor: Actor, now: datetime, facts: DecisionContext = EMPTY_CONTEXT
    ) -> list[TicketEvent]:
        if not actor.is_agent:
            raise Forbidden("Only agents split tickets.")
        if ticket.merged_into is not None:
            raise MergedElsewhere(ticket, "split it")
        if facts.split_number is None:
            # The number of the new ticket is the server's to draw.
            return [TicketSplit()]
        missing = set(self.message_ids) - facts.message_kinds.keys()
        if missing:
            raise Invalid.for_field(
                "/message_ids", f"has no message of this ticket: {min(missing)}"
            )
        if facts.message_kinds[min(self.message_ids)] != MessageKind.REPLY:
            raise Invalid.for_field(
                "/message_ids",
                "must begin with a reply, because the description is public",
            )
        split_into = (*ticket.split_into, facts.split_number)
        return [TicketSplit(changes=ticket.find_changes({"split_into": split_into}))]
