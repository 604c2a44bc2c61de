"""The views in responses and envelopes, which the server writes and the client reads."""

from datetime import datetime
from typing import Final, Generic, TypeVar

from msgspec import UNSET, Struct, UnsetType

from common.people import Presence, Role, Scope
from common.tickets.channel import TicketChannel
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
    """The actor of an event; `id` is null for the system."""

    id: int | None
    role: Role
    name: str


class RatingView(Struct, frozen=True):
    """The last rating of a ticket by its customer."""

    score: int
    comment: str | None
    rated_at: datetime | None


class RoutingView(Struct, frozen=True):
    """The reason of a ticket's place: a word for programs, a sentence for people.

    `returned_by` is the former agent, if the sentence begins with their name.
    """

    reason: str
    detail: str
    returned_by: PersonRef | UnsetType = UNSET


class SlaView(Struct, frozen=True, kw_only=True):
    """The due time of each target; null while it does not run (met, paused, none)."""

    first_response_due: datetime | None
    next_response_due: datetime | None
    resolution_due: datetime | None
    state: SlaState


class AttachmentView(Struct, frozen=True, omit_defaults=True):
    """A file of a message or of a ticket's description; `size` in bytes.

    `content_type` is found by the content. An image can be shown inline.
    """

    id: int
    name: str
    content_type: str
    size: int
    is_image: bool = False


class TicketView(Struct, frozen=True, kw_only=True):
    """A ticket. Lists and events leave out `description`; customers get no internal fields.

    `attachments` are the files of the description, where there are some and it is shown.
    """

    org_id: int
    number: int
    subject: str
    description: str | UnsetType = UNSET
    """Its own text; left out of lists and events."""
    attachments: tuple[AttachmentView, ...] | UnsetType = UNSET
    """The [files](#send-files) of the description; left out where there are none."""
    status: Status
    priority: Priority
    category: str
    tags: tuple[str, ...] | UnsetType = UNSET
    customer: CustomerRef
    """The person whose it is: `{id, name, email}`."""
    assignee: PersonRef | None
    """The agent who has it, as `{id, name}`; null in the queue."""
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
    """The [reason](domain.md#routing) of its place, as described below."""
    sla: SlaView | UnsetType | None = None
    """The targets, as described below; null for an imported one until something happens to it."""
    rating: RatingView | None = None
    """The last [rating](#rate-it) by its customer: `{score, comment, rated_at}`."""
    merged_into: int | UnsetType | None = UNSET
    merged_from: tuple[int, ...] | UnsetType = UNSET
    split_from: int | UnsetType | None = UNSET
    split_into: tuple[int, ...] | UnsetType = UNSET
    undelivered_at: datetime | UnsetType | None = UNSET
    channel: TicketChannel | UnsetType | None = UNSET
    sender_verified: bool | UnsetType | None = UNSET
    version: int
    last_seq: int


COMMON_TICKET_FIELDS: Final = tuple(
    name for name in Ticket.__struct_fields__ if name in TicketView.__struct_fields__
)
"""Fields that have the same name in `Ticket` and on the wire.

All but those of audience `STORED`, and customer and assignee, who are shown with their names."""


class MessageSource(Struct, frozen=True):
    """The way a message came in; `verified`: its sender was proved (docs/mail.md).

    Customers see the `kind` alone.
    """

    kind: TicketChannel
    verified: bool | UnsetType = UNSET

    @property
    def is_doubtful(self) -> bool:
        """True for a sender whom nothing proves."""
        return self.verified is False


class UndeliveredView(Struct, frozen=True):
    """The refusal of a message's mail, as one line, and when it was known."""

    error: str
    at: datetime


class UndeliveredMessage(UndeliveredView, frozen=True, kw_only=True):
    """A message that did not arrive, and the person it was for."""

    message_id: int
    recipient: PersonRef


class MessageView(Struct, frozen=True):
    """A reply or a note; `seq` is that of its event. Without files it has no `attachments`.

    Customers do not see `undelivered`. `ticket` is the ticket that it was written to,
    where it is another than the one asked for: a merged one, the survivor of one, or that of the
    original of a copy.
    """

    id: int
    kind: MessageKind
    body: str
    author: ActorRef
    created_at: datetime
    seq: int
    source: MessageSource | UnsetType = UNSET
    attachments: tuple[AttachmentView, ...] | UnsetType = UNSET
    undelivered: UndeliveredView | UnsetType = UNSET
    ticket: int | UnsetType = UNSET


class Mentions(Struct, frozen=True):
    """The `@` names in a message.

    `told` are the agents who are notified. `unknown` are the names, as written, that match nobody
    or several agents, so that nobody is notified.
    """

    told: tuple[PersonRef, ...]
    unknown: tuple[str, ...]


class WrittenMessage(MessageView, frozen=True):
    """The response to a new message; a message of a customer mentions nobody."""

    mentions: Mentions | UnsetType = UNSET

    @property
    def message(self) -> MessageView:
        """The message as everybody reads it."""
        names = MessageView.__struct_fields__
        return MessageView(**{name: getattr(self, name) for name in names})


class Page(Struct, Generic[Item], frozen=True):
    """A page of a list, as of event `seq`."""

    items: list[Item]
    next_cursor: str | None
    seq: int


class Conversation(TicketView, frozen=True, kw_only=True):
    """A ticket with its newest messages, oldest first, as of event `seq`."""

    messages: Page[MessageView]

    @property
    def ticket(self) -> TicketView:
        """The ticket alone."""
        names = TicketView.__struct_fields__
        return TicketView(**{name: getattr(self, name) for name in names})


class RedactedTicket(TicketView, frozen=True, kw_only=True):
    """A ticket after a redaction; `redacted` is empty if nothing was found."""

    redacted: RedactedParts


class Queues(Struct, frozen=True):
    """The number of tickets by queue; `mine` and `unassigned` count unresolved ones."""

    mine: int
    unassigned: int
    open: int
    in_progress: int
    resolved: int
    closed: int
    seq: int


class UserView(Struct, frozen=True, kw_only=True):
    """A person. Agents see `id name role presence skills`, supervisors all.

    `undeliverable` says that nothing is mailed to the address any more, and since when.
    """

    id: int
    email: str | UnsetType = UNSET
    name: str
    role: Role
    skills: tuple[str, ...]
    capacity: int | UnsetType = UNSET
    presence: Presence
    active: bool | UnsetType = UNSET
    merged_into: int | UnsetType = UNSET
    undeliverable: "UndeliveredView | UnsetType" = UNSET


class AddressView(Struct, frozen=True):
    """An address of a person; mails go to the primary one, whose id is null."""

    id: int | None
    address: str
    primary: bool


class MentionableView(Struct, frozen=True):
    """An agent that a message can mention; `handle` is the part of the address before the `@`."""

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
    """A new session; only this response shows the token.

    `public_url` is the server's address in links for people, such as `{public_url}/o/4821/` for
    customers' accounts.
    """

    token: str
    expires_at: datetime
    user: MeView
    public_url: str | UnsetType = UNSET


class ApiKeyView(Struct, frozen=True, omit_defaults=True):
    """An API key; only the response to its creation has `key`."""

    id: int
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    key: str | UnsetType = UNSET


class StreamTicket(Struct, frozen=True):
    """The address of the live stream, and the seq from which to catch up.

    `epoch` is the identity of the log. If it differs, everything read before is outdated.
    """

    endpoint: str
    server_public_key: str
    topic: str
    seq: int
    heartbeat_seconds: int
    epoch: str
