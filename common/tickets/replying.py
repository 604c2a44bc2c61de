"""Messages on a ticket: public replies, and notes that no customer ever sees."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from common.errors import Conflict, Forbidden
from common.ids import Seq
from common.people import Actor
from common.text import Body
from common.tickets.assigning import AssignTicket
from common.tickets.decision_context import EMPTY_CONTEXT, DecisionContext
from common.tickets.editing import MessageEdits
from common.tickets.event import TicketEvent
from common.tickets.filing import FileTicket
from common.tickets.ticket import Audience, Changes, CloseReason, Status, Ticket, Values, WaitingOn
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

    def decide(
        self, ticket: Ticket, actor: Actor, now: datetime, facts: DecisionContext = EMPTY_CONTEXT
    ) -> list[TicketEvent]:
        self.check_permission(actor)
        if ticket.merged_into is not None:
            raise InvalidTransition(ticket, actor, "be written to")
        if ticket.status is Status.CLOSED and not reopens_closed(ticket, actor, now, facts):
            raise InvalidTransition(ticket, actor, "be written to")
        values = self._status_values(ticket, actor, now, facts)
        if self.edit:
            values |= self.edit.find_values(ticket)
        self.check_unread_messages(facts)
        written = ticket.find_changes(self.message_values(ticket, actor, now))
        added = MessageAdded(changes=written, kind=self.kind, body=self.body)
        changes = ticket.find_changes(values)
        given = self._give_to_agent(replace(ticket, **values), actor, now)
        return [added, *_status_events(ticket, changes), *given]

    def _give_to_agent(self, after: Ticket, actor: Actor, now: datetime) -> list[TicketEvent]:
        """Returns the event that gives the ticket to the agent in `edit`, if there is one."""
        if not self.edit or self.edit.assign_to is UNSET:
            return []
        return AssignTicket(self.edit.assign_to).decide(after, actor, now)

    def check_permission(self, actor: Actor) -> None:
        """Raises Forbidden for notes and other changes than of the status by customers."""
        is_more = self.kind is MessageKind.NOTE or self.waiting_on or self.edit
        if actor.is_customer and is_more:
            raise Forbidden("Customers can only write replies.")

    def check_unread_messages(self, facts: DecisionContext) -> None:
        """Raises ConversationAdvanced if there are unread messages by others."""
        if facts.unread_message_ids:
            raise ConversationAdvanced(facts.unread_message_ids)

    def message_values(self, ticket: Ticket, actor: Actor, now: datetime) -> Values:
        """Returns the fields that the message changes, apart from the status."""
        values: Values = {"waiting_on": self.waiting_on} if self.waiting_on else {}
        if self.kind is MessageKind.NOTE:
            return values
        if ticket.is_requested_by(actor):
            return {"waiting_on": WaitingOn.AGENT, "snoozed_until": None, **values}
        if actor.is_agent and ticket.first_response_at is None:
            values["first_response_at"] = now
        return values

    def _status_values(
        self, ticket: Ticket, actor: Actor, now: datetime, facts: DecisionContext
    ) -> Values:
        """Returns the change of status that was requested, or that follows from the message."""
        if self.status and self.status is not ticket.status:
            return change_status(ticket, actor, self.status, now, facts=facts)
        if self.status or self.kind is MessageKind.NOTE:
            return {}
        if ticket.is_requested_by(actor):
            return {} if ticket.is_unresolved else build_reopen_values(ticket, now, facts)
        if actor.is_agent and ticket.status is Status.OPEN:
            return change_status(ticket, actor, Status.IN_PROGRESS, now)
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


def build_reopen_values(ticket: Ticket, now: datetime, facts: DecisionContext) -> Values:
    """Returns the changes of a reopening reply: to a present assignee, else to the queue."""
    if ticket.assignee_id is not None and facts.assignee_present:
        return ticket.status_values(Status.IN_PROGRESS, now)
    return ticket.status_values(Status.OPEN, now) | {"assignee_id": None}


def reopens_closed(ticket: Ticket, actor: Actor, now: datetime, facts: DecisionContext) -> bool:
    """Returns whether a customer's reply reopens a closed ticket instead of starting a new one."""
    if not ticket.is_requested_by(actor) or ticket.closed_at is None:
        return False
    if ticket.close_reason is CloseReason.SPAM:
        return False
    return now - ticket.closed_at < timedelta(days=facts.reopen_closed_days)


def starts_follow_up(ticket: Ticket, actor: Actor, now: datetime, facts: DecisionContext) -> bool:
    """Returns whether a customer's reply to a closed ticket starts a new one."""
    closed = ticket.status is Status.CLOSED and ticket.is_requested_by(actor)
    return closed and ticket.merged_into is None and not reopens_closed(ticket, actor, now, facts)


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


def _status_events(ticket: Ticket, changes: Changes) -> list[TicketEvent]:
    if not changes:
        return []
    status = changes.get("status", (ticket.status, ticket.status))[1]
    return [find_event_class(ticket.status, status)(changes=changes)]
