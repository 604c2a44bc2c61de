"""Views that travel in responses and envelopes, and that both sides read and write."""

from datetime import datetime
from typing import Final, Generic, TypeVar

from msgspec import UNSET, Struct, UnsetType

from common.people import Presence, Role, Scope
from common.tickets.redacting import RedactedParts
from common.tickets.replying import MessageKind
from common.tickets.sla import SlaState
from common.tickets.ticket import CloseReason, Priority, Status, Ticket, WaitingOn

Item = TypeVar("Item")


class PersonRef(Struct, frozen=True):
    """A person by id and name."""

    id: int
    name: str


class CustomerRef(Struct, frozen=True):
    """A ticket's customer."""

    id: int
    name: str
    email: str


class ActorRef(Struct, frozen=True):
    """The person, key or system that did it; `id` is null for the system."""

    id: int | None
    role: Role
    name: str


class RatingView(Struct, frozen=True):
    """The customer's opinion of how the ticket was handled; the last rating counts."""

    score: int
    comment: str | None
    rated_at: datetime | None


class RoutingView(Struct, frozen=True):
    """The reason for a ticket's place: a word for programs, a sentence for people.

    `returned_by` is there where the sentence begins with the name of who had the ticket before.
    """

    reason: str
    detail: str
    returned_by: PersonRef | UnsetType = UNSET


class SlaView(Struct, frozen=True, kw_only=True):
    """The due time of each target; null while it does not run (met, paused, never set)."""

    first_response_due: datetime | None
    next_response_due: datetime | None
    resolution_due: datetime | None
    state: SlaState


class TicketView(Struct, frozen=True, kw_only=True):
    """A ticket. Lists and events leave out `description`; customers get no internal fields."""

    org_id: int
    number: int
    subject: str
    description: str | UnsetType = UNSET
    status: Status
    priority: Priority
    category: str
    tags: tuple[str, ...] | UnsetType = UNSET
    customer: CustomerRef
    assignee: PersonRef | None
    waiting_on: WaitingOn
    snoozed_until: datetime | None
    close_reason: CloseReason | None
    followup_of: int | None
    external_id: str | UnsetType | None = None
    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    reopen_count: int
    routing: RoutingView | UnsetType | None = None
    sla: SlaView | UnsetType | None = None
    rating: RatingView | None = None
    version: int
    last_seq: int


COMMON_TICKET_FIELDS: Final = tuple(
    name for name in Ticket.__struct_fields__ if name in TicketView.__struct_fields__
)
"""Fields that a ticket has under the same name in storage and on the wire: all that are not
stored only, but the customer and the assignee, who go out with their names."""


class MessageView(Struct, frozen=True):
    """A reply or a note; `seq` is that of its event."""

    id: int
    kind: MessageKind
    body: str
    author: ActorRef
    created_at: datetime
    seq: int


class Mentions(Struct, frozen=True):
    """The `@` names in a message: agents who were told, and names of nobody.

    `told` are the agents who are notified. `unknown` are those, as written, that name nobody, or
    several agents: nobody is told of them.
    """

    told: tuple[PersonRef, ...]
    unknown: tuple[str, ...]


class WrittenMessage(MessageView, frozen=True):
    """The answer to who wrote a message; a customer's message mentions nobody."""

    mentions: Mentions | UnsetType = UNSET

    @property
    def message(self) -> MessageView:
        """The message as everybody reads it."""
        return MessageView(self.id, self.kind, self.body, self.author, self.created_at, self.seq)


class Page(Struct, Generic[Item], frozen=True):
    """A page of a list, true at event `seq`."""

    items: list[Item]
    next_cursor: str | None
    seq: int


class Conversation(TicketView, frozen=True, kw_only=True):
    """A ticket with its newest messages, oldest first, true at event `seq`."""

    messages: Page[MessageView]


class RedactedTicket(TicketView, frozen=True, kw_only=True):
    """A ticket after a redaction; `redacted` is empty where nothing was there to take out."""

    redacted: RedactedParts


class Queues(Struct, frozen=True):
    """The numbers of tickets by queue; mine and unassigned count unresolved ones only."""

    mine: int
    unassigned: int
    open: int
    in_progress: int
    resolved: int
    closed: int
    seq: int


class UserView(Struct, frozen=True, kw_only=True):
    """A person. Agents see `id name role presence skills`, supervisors all."""

    id: int
    email: str | UnsetType = UNSET
    name: str
    role: Role
    skills: tuple[str, ...]
    capacity: int | UnsetType = UNSET
    presence: Presence
    active: bool | UnsetType = UNSET


class MentionableView(Struct, frozen=True):
    """An agent whom a message can name; `handle` is the address before the `@`."""

    id: int
    name: str
    handle: str


class MeView(Struct, frozen=True, kw_only=True):
    """The caller."""

    org_id: int
    id: int
    email: str
    name: str
    role: Role
    skills: tuple[str, ...]
    capacity: int
    presence: Presence
    active: bool


class SessionView(Struct, frozen=True):
    """A session as it is opened: the only answer that ever shows the token."""

    token: str
    expires_at: datetime
    user: MeView


class ApiKeyView(Struct, frozen=True, omit_defaults=True):
    """An API key; `key` is there in the answer to its creation, and never again."""

    id: int
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    key: str | UnsetType = UNSET


class StreamTicket(Struct, frozen=True):
    """The address and keys of the live stream, and the seq from which to catch up.

    `epoch` is the identity of the log. Another one than before: what was read is out of date.
    """

    endpoint: str
    server_public_key: str
    topic: str
    seq: int
    heartbeat_seconds: int
    epoch: str
