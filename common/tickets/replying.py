"""Messages on a ticket: public replies, and notes that no customer ever sees."""

from datetime import timedelta
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from common.errors import Conflict, Forbidden
from common.ids import Seq
from common.people import Actor
from common.text import Body
from common.tickets.assigning import AssignTicket
from common.tickets.decision_context import DecisionContext
from common.tickets.editing import MessageEdits
from common.tickets.event import TicketEvent
from common.tickets.filing import FileTicket
from common.tickets.ticket import Audience, CloseReason, Status, Ticket, Values, WaitingOn
from common.tickets.transitions import InvalidTransition, change_status, find_event_class


class MessageKind(StrEnum):
    """The kind of a message: a reply is public, a note is internal."""

    REPLY = "reply"
    NOTE = "note"


class MessageAdded(TicketEvent, frozen=True, kw_only=True):
    """A new message, which is stored in a row of its own."""

    type, story = "message.added", "wrote"
    occasion = "a reply, or a note, which customers do not get"
    audience = Audience.PUBLIC

    kind: MessageKind = MessageKind.REPLY
    body: str = ""
    copied_from: int | None = None
    """The ticket that the message was written to, where it is a copy."""
    source: str | None = None
    """The way it came in, as stored with the message; None over REST."""


class ConversationAdvanced(Conflict):
    """`extras["messages"]` are the messages that the caller has not read yet."""

    slug, title = "conversation-advanced", "Somebody wrote before you"
    occasion = "Others wrote since `after_seq`: `messages`. Read them, then send again."

    def __init__(self, message_ids: tuple[int, ...]) -> None:
        super().__init__(
            "Somebody wrote after what you have read. Read that first, then send again.",
            messages=[{"id": message_id} for message_id in message_ids],
        )
        self.message_ids = message_ids


class ClosedAsSpam(Conflict):
    slug, title = "closed-as-spam", "The ticket was closed as spam"
    occasion = "The ticket was closed as spam, so a reply to it makes no follow-up. File a new one."

    def __init__(self) -> None:
        super().__init__("The ticket was closed as spam, so nothing follows it. File a new one.")


class AddMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """Adds a reply or a note, optionally with changes of the ticket in the same transaction."""

    body: Body
    kind: MessageKind = MessageKind.REPLY
    after_seq: Seq | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    waiting_on: WaitingOn | UnsetType = UNSET
    edit: MessageEdits | UnsetType = UNSET

    def decide(self, context: DecisionContext) -> list[TicketEvent]:
        ticket = context.ticket
        self.check_permission(context.actor)
        if ticket.merged_into is not None:
            raise InvalidTransition(context, "be written to")
        if ticket.status is Status.CLOSED and not reopens_closed(context):
            raise InvalidTransition(context, "be written to")
        values = self._status_values(context)
        if self.edit:
            values |= self.edit.find_values(ticket)
        self.check_unread_messages(context)
        written = ticket.find_changes(self.message_values(context))
        added = MessageAdded(changes=written, kind=self.kind, body=self.body)
        status = values.get("status", ticket.status)
        changed = find_event_class(ticket.status, status).build_events(ticket, values)
        given = self._give_to_agent(context, values)
        return [added, *changed, *given]

    def _give_to_agent(self, context: DecisionContext, values: Values) -> list[TicketEvent]:
        """Returns the event that gives the ticket to the agent in `edit`, after other changes."""
        if not self.edit or self.edit.assign_to is UNSET:
            return []
        after = replace(context.ticket, **values)
        return AssignTicket(self.edit.assign_to).decide(replace(context, ticket=after))

    def check_permission(self, actor: Actor) -> None:
        """Raises Forbidden for notes and other changes than of the status by customers."""
        is_more = self.kind is MessageKind.NOTE or self.waiting_on or self.edit
        if actor.is_customer and is_more:
            raise Forbidden("Customers can only write replies.")

    def check_unread_messages(self, context: DecisionContext) -> None:
        """Raises ConversationAdvanced if there are unread messages by others."""
        if context.unread_message_ids:
            raise ConversationAdvanced(context.unread_message_ids)

    def message_values(self, context: DecisionContext) -> Values:
        """Returns the fields that the message changes, apart from the status."""
        ticket, actor = context.ticket, context.actor
        values: Values = {"waiting_on": self.waiting_on} if self.waiting_on else {}
        if self.kind is MessageKind.NOTE:
            return values
        if ticket.is_requested_by(actor):
            return {"waiting_on": WaitingOn.AGENT, "snoozed_until": None, **values}
        if actor.is_agent and ticket.first_response_at is None:
            values["first_response_at"] = context.now
        return values

    def _status_values(self, context: DecisionContext) -> Values:
        """Returns the change of status that was requested, or that follows from the message."""
        ticket, actor = context.ticket, context.actor
        if self.status and self.status is not ticket.status:
            return change_status(context, self.status)
        if self.status or self.kind is MessageKind.NOTE:
            return {}
        if ticket.is_requested_by(actor):
            return {} if ticket.is_unresolved else build_reopen_values(context)
        if actor.is_agent and ticket.status is Status.OPEN:
            return change_status(context, Status.IN_PROGRESS)
        return {}


def is_mere_reply(command: object) -> bool:
    """Returns whether a command is a reply and nothing else: what participants may do."""
    return (
        isinstance(command, AddMessage)
        and command.kind is MessageKind.REPLY
        and not command.status
        and not command.waiting_on
        and not command.edit
    )


def build_reopen_values(context: DecisionContext) -> Values:
    """Returns the changes of a reopening reply: to a present assignee, else to the queue."""
    ticket = context.ticket
    if ticket.assignee_id is not None and context.assignee_present:
        return ticket.status_values(Status.IN_PROGRESS, context.now)
    return ticket.status_values(Status.OPEN, context.now) | {"assignee_id": None}


def reopens_closed(context: DecisionContext) -> bool:
    """Returns whether a customer's reply reopens a closed ticket instead of starting a new one."""
    ticket, actor = context.ticket, context.actor
    if not ticket.is_requested_by(actor) or ticket.closed_at is None:
        return False
    if ticket.close_reason is CloseReason.SPAM:
        return False
    return context.now - ticket.closed_at < timedelta(days=context.reopen_closed_days)


def starts_follow_up(context: DecisionContext) -> bool:
    """Returns whether a customer's reply to a closed ticket starts a new one."""
    ticket = context.ticket
    closed = ticket.status is Status.CLOSED and ticket.is_requested_by(context.actor)
    return closed and ticket.merged_into is None and not reopens_closed(context)


def make_follow_up(
    ticket: Ticket, categories: frozenset[str], description: Body | None = None
) -> FileTicket:
    """Returns the command that opens a follow-up; the reply becomes its first message.

    `description` says what it follows, in the organization's language. Raises ClosedAsSpam.
    A category that no longer exists is replaced by the default one.
    """
    if ticket.close_reason is CloseReason.SPAM:
        raise ClosedAsSpam
    return FileTicket(
        subject=ticket.subject,
        description=description or f"Follow-up to #{ticket.number}.",
        priority=ticket.priority,
        category=ticket.category if ticket.category in categories else UNSET,
    )
