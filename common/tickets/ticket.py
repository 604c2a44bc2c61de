"""The ticket: the table of its fields, and the only ways in which a state follows another.

A field's line in `Ticket` says its type and who may see it. The row, the view, what customers see
and the histories of exports are derived from it: see "A field of the ticket" in CONTRIBUTING.md.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import Annotated, Any, Final, TypeVar, get_type_hints

from msgspec import Struct
from msgspec.structs import replace

from common.people import Actor
from common.tickets.channel import TicketChannel
from common.tickets.routing import Routing
from common.tickets.score import Rating
from common.tickets.sla import Sla


class Status(StrEnum):
    """The four public states."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


UNRESOLVED: Final = frozenset({Status.OPEN, Status.IN_PROGRESS})


class Priority(StrEnum):
    """The urgency of a ticket, in ascending order."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """0 for low to 3 for urgent: what sorting by priority sorts by."""
        return _RANKS[self]


_RANKS: Final = {priority: rank for rank, priority in enumerate(Priority)}


class WaitingOn(StrEnum):
    """The party that has to act next."""

    AGENT = "agent"
    CUSTOMER = "customer"
    THIRD_PARTY = "third_party"


class CloseReason(StrEnum):
    """The reason for closing an unresolved ticket, which then counts in `tickets_created` only."""

    SPAM = "spam"
    DUPLICATE = "duplicate"
    MERGED = "merged"


class Audience(Enum):
    """The people who may see a field of a ticket."""

    PUBLIC = auto()
    """Everybody who may see the ticket, including its customer."""
    STAFF = auto()
    """Agents and API keys."""
    STORED = auto()
    """Nobody: it is for the server itself."""


FieldType = TypeVar("FieldType")
Public = Annotated[FieldType, Audience.PUBLIC]
Staff = Annotated[FieldType, Audience.STAFF]
Stored = Annotated[FieldType, Audience.STORED]


class Ticket(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A ticket without its texts: ids instead of people. Times are aware and in UTC.

    Every field names its audience: a type without `Public`, `Staff` or `Stored` is an error.
    """

    org_id: Public[int]
    """The number of the organization."""
    number: Public[int]
    """1, 2, 3, ... in each organization."""
    subject: Public[str]
    """The matter, as one line."""
    category: Public[str]
    """The short name of its category."""
    customer_id: Public[int]
    created_at: Public[datetime]
    """The time at which it was filed."""
    updated_at: Public[datetime]
    """The time of its last change."""
    status: Public[Status] = Status.OPEN
    """`open`, `in_progress`, `resolved` or `closed`."""
    priority: Public[Priority] = Priority.NORMAL
    """`low`, `normal`, `high` or `urgent`."""
    tags: Staff[tuple[str, ...]] = ()
    """Short words, each once."""
    assignee_id: Public[int | None] = None
    waiting_on: Public[WaitingOn] = WaitingOn.AGENT
    """The party that has to act next: `agent`, `customer` or `third_party`."""
    snoozed_until: Staff[datetime | None] = None
    """The time until which it waits out of the queue; null while it is not snoozed."""
    close_reason: Public[CloseReason | None] = None
    """The reason of one that was closed unresolved: `spam`, `duplicate` or `merged`."""
    followup_of: Public[int | None] = None
    """The number of the closed ticket that it follows up."""
    first_response_at: Public[datetime | None] = None
    """The time of the first response."""
    resolved_at: Public[datetime | None] = None
    """The time at which it was resolved, while it is."""
    closed_at: Public[datetime | None] = None
    """The time at which it was closed, while it is."""
    reopen_count: Public[int] = 0
    """The number of times that it was reopened."""
    version: Public[int] = 1
    """1 for a new one; each change adds 1. It is the `ETag`."""
    last_seq: Public[int] = 0
    """The number of its newest event."""
    unanswered_since: Stored[datetime | None] = None
    """The oldest public message of the customer that no agent has answered."""
    resolver_id: Stored[int | None] = None
    """The agent who resolved it last, and is credited for it."""
    queued_at: Stored[datetime | None] = None
    """The time at which it came into the queue; None while it is assigned."""
    owned_since: Stored[datetime | None] = None
    """The time at which its agent last got it, replied or changed its status."""
    sla: Staff[Sla | None] = None
    """None for an imported ticket until its first live event."""
    routing: Staff[Routing | None] = None
    rating: Public[Rating | None] = None
    first_resolved_at: Stored[datetime | None] = None
    """Never changes, like `first_response_at`."""
    standing_since: Stored[datetime | None] = None
    """The time at which it came into its group of the backlog: agent, category, priority."""
    external_id: Staff[str | None] = None
    """The id of an imported ticket in its former help desk; it never changes."""
    last_event_at: Stored[datetime | None] = None
    """The latest `at` of its events if it differs from `updated_at`; see `happened_at`."""
    public_version: Stored[int] = 0
    """Like `version`, counting only what its customer can see; 0 in events of older servers."""
    public_seq: Stored[int] = 0
    """The newest event that its customer can see; 0 as above."""
    public_at: Stored[datetime | None] = None
    """The time at which that event was written; None as above."""
    merged_into: Public[int | None] = None
    """The ticket that shows its conversation, and takes what is written to it."""
    merged_from: Staff[tuple[int, ...]] = ()
    """The tickets whose conversations are shown here, in the order of their merges."""
    split_from: Public[int | None] = None
    """The ticket that its first messages were copied from."""
    split_into: Staff[tuple[int, ...]] = ()
    """The tickets that were begun with messages of this one."""
    undelivered_at: Staff[datetime | None] = None
    """The time at which it was known that its customer did not get the newest reply."""
    channel: Public[TicketChannel | None] = None
    """The way in which its own text came."""
    sender_verified: Staff[bool | None] = None
    """For one that came by mail: whether its sender was proved."""

    @property
    def happened_at(self) -> datetime:
        """The latest `at` of its events, which never decreases.

        It is earlier than `updated_at` if a timer was late. Reports count from here.
        """
        return self.last_event_at or self.updated_at

    @property
    def public_state(self) -> tuple[int, int, datetime]:
        """The version, newest event and time of change of what its customer can see."""
        return (
            self.public_version or self.version,
            self.public_seq or self.last_seq,
            self.public_at or self.updated_at,
        )

    @property
    def is_unresolved(self) -> bool:
        return self.status in UNRESOLVED

    def is_requested_by(self, actor: Actor) -> bool:
        """Returns whether the actor speaks as the requester: a customer, or an agent who asked.

        See docs/domain.md, "Agents who ask for help".
        """
        return actor.is_customer or (actor.is_agent and actor.id == self.customer_id)

    def status_values(
        self, status: Status, now: datetime, reason: CloseReason | None = None
    ) -> "Values":
        """Returns all field values of a change of status, which changes in no other way."""
        if status is Status.RESOLVED:
            return {
                "status": status,
                "resolved_at": now,
                "closed_at": None,
                "close_reason": None,
            }
        if status is Status.CLOSED:
            return {"status": status, "closed_at": now, "close_reason": reason}
        if self.status in UNRESOLVED:
            return {"status": status}
        return {
            "status": status,
            "resolved_at": None,
            "closed_at": None,
            "close_reason": None,
            "reopen_count": self.reopen_count + 1,
        }

    def find_changes(self, values: "Values") -> "Changes":
        """Returns the `values` that differ from the ticket, as field to (old, new)."""
        pairs = ((field, getattr(self, field), new) for field, new in values.items())
        return {field: (old, new) for field, old, new in pairs if old != new}

    def evolve(
        self,
        changes: "Changes",
        at: datetime,
        seq: int,
        *,
        written_at: datetime | None = None,
        is_public: bool = True,
    ) -> "Ticket":
        """Returns the ticket after an event: the changes' new values, one version later.

        `at` is when it happened (a breach: when it was due), `written_at` when it was recorded,
        which is the same unless said otherwise. `is_public`: whether its customer can see it.
        """
        values = {field: new for field, (_, new) in changes.items()}
        happened_at = max(self.happened_at, at)
        updated_at = max(self.updated_at, written_at or happened_at)
        values |= (
            self._advance_public_state(seq, updated_at) if is_public else self._keep_public_state()
        )
        return replace(
            self,
            **values,
            updated_at=updated_at,
            last_event_at=None if happened_at == updated_at else happened_at,
            version=self.version + 1,
            last_seq=seq,
        )

    def _advance_public_state(self, seq: int, at: datetime) -> "Values":
        version = self.public_state[0] + 1
        return {"public_version": version, "public_seq": seq, "public_at": at}

    def _keep_public_state(self) -> "Values":
        version, seq, at = self.public_state
        return {"public_version": version, "public_seq": seq, "public_at": at}


Values = dict[str, Any]
"""Field of `Ticket` to its new value."""

Changes = Mapping[str, tuple[Any, Any]]
"""Field of `Ticket` to (old, new)."""


def _read_audiences() -> dict[str, Audience]:
    hints = get_type_hints(Ticket, include_extras=True)
    return {name: hints[name].__metadata__[0] for name in Ticket.__struct_fields__}


AUDIENCES: Final[Mapping[str, Audience]] = _read_audiences()
"""Every field of `Ticket`, in its order, with who may see it."""
