"""The query parameters of lists, as types."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from common.filters.filter_terms import FILTER_LIMIT
from common.ids import Id, Seq
from common.people import Role
from common.tickets.editing import Instant
from common.tickets.ticket import Priority, Status

Limit = Annotated[int, Meta(ge=1, le=100)]
MOST_LISTED = 1000
"""The longest page that agents get."""
AgentLimit = Annotated[int, Meta(ge=1, le=MOST_LISTED)]
Cursor = Annotated[
    str,
    # Base64 of a JSON list: anything else is reported with the other bad parameters.
    Meta(
        max_length=512,
        pattern=r"^W[A-Za-z0-9_\-]+$",
        description="next_cursor of the page before, unchanged",
    ),
]
FilterText = Annotated[
    str,
    Meta(
        max_length=FILTER_LIMIT,
        description="tokens such as status:open priority:>=high @me -tag:vip created:<3d",
        extra={"text": "filter", "limit": FILTER_LIMIT},
    ),
]
Words = Annotated[str, Meta(min_length=1, max_length=200)]
Sort = Annotated[
    str,
    Meta(
        pattern=r"^-?(created_at|updated_at|last_seq|priority|sla_due)$",
        description="created_at, updated_at, last_seq, priority or sla_due, with - for descending",
    ),
]
Epoch = Annotated[
    str,
    Meta(min_length=1, max_length=64, description="the epoch of the page before, unchanged"),
]
DEFAULT_LIMIT = 25
NON_AGENT_LIMIT = 100
"""Customers and keys get smaller pages than agents."""


class NoQuery(Struct, frozen=True):
    """A route without query parameters."""


class TicketQuery(Struct, frozen=True, kw_only=True):
    """Filters and sorts tickets. Repeated values mean or; different parameters mean and."""

    status: list[Status] = []
    priority: list[Priority] = []
    category: list[Words] = []
    assignee: list[
        Annotated[str, Meta(pattern=r"^(me|none|[0-9]{1,15})$", description="me, none or an id")]
    ] = []
    customer: list[Id] = []
    tag: list[Words] = []
    external_id: list[Words] = []
    filter: FilterText = ""
    q: Words | UnsetType = UNSET
    created_after: Instant | UnsetType = UNSET
    created_before: Instant | UnsetType = UNSET
    updated_after: Instant | UnsetType = UNSET
    last_seq_after: Seq | UnsetType = UNSET
    sort: Sort = "-created_at"
    limit: AgentLimit = DEFAULT_LIMIT
    cursor: Cursor | UnsetType = UNSET


class MessageQuery(Struct, frozen=True, kw_only=True):
    """Sorts the messages of a ticket: oldest or newest first."""

    sort: Annotated[str, Meta(pattern=r"^-?seq$", description="seq or -seq")] = "seq"
    limit: AgentLimit = DEFAULT_LIMIT
    cursor: Cursor | UnsetType = UNSET


class ReadQuery(Struct, frozen=True, kw_only=True):
    """`include=messages` adds the newest messages, from the same snapshot."""

    include: list[Annotated[str, Meta(pattern=r"^messages$", description="messages")]] = []


class UserQuery(Struct, frozen=True, kw_only=True):
    """Filters people by role, or by a text in their name or address."""

    role: list[Role] = []
    q: Words | UnsetType = UNSET
    limit: AgentLimit = DEFAULT_LIMIT
    cursor: Cursor | UnsetType = UNSET


class PageQuery(Struct, frozen=True, kw_only=True):
    """A list without filters."""

    limit: AgentLimit = DEFAULT_LIMIT
    cursor: Cursor | UnsetType = UNSET


class EventQuery(Struct, frozen=True, kw_only=True):
    """Events after a seq, oldest first; with an `epoch` only if the log still has it."""

    after: Seq = 0
    limit: AgentLimit = 100
    epoch: Epoch | UnsetType = UNSET


class NotificationQuery(Struct, frozen=True, kw_only=True):
    """Notifications, newest first; `unread=true` gives only the unread ones."""

    unread: bool = False
    limit: AgentLimit = DEFAULT_LIMIT
    cursor: Cursor | UnsetType = UNSET
