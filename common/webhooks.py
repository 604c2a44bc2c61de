"""Webhooks on the wire: requests of admins, and responses."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from common.ids import Seq
from common.queries import DEFAULT_LIMIT, Cursor, Limit
from common.text import NAME_LIMIT
from common.tickets.editing import Instant

TEST_TYPE: Final = "webhook.test"
"""The type of a test, which is not an event of the log."""
ROTATION_HOURS: Final = 24
"""The time in which payloads are signed with the old secret too."""

WebhookUrl = Annotated[
    str,
    Meta(
        max_length=2048,
        pattern=r"^https?://[!-~]+$",
        description="an http or https URL in printable ASCII",
    ),
]
EventPattern = Annotated[
    str,
    Meta(
        max_length=64,
        pattern=r"^[a-z]+\.([a-z_]+|\*)$",
        description="an event type such as ticket.created, or a family such as ticket.*",
    ),
]
EventPatterns = Annotated[tuple[EventPattern, ...], Meta(max_length=50)]
# Like a name, but it may be empty.
Description = Annotated[
    str, Meta(max_length=NAME_LIMIT, pattern=r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$")
]


class WebhookScope(StrEnum):
    """The audience of a receiver: with `customer` it gets only what customers may see."""

    AGENT = "agent"
    CUSTOMER = "customer"


class DeliveryState(StrEnum):
    """`queued`: not tried yet; `failed`: to be tried again; `dead`: given up until replayed."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"


class CreateWebhook(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Creates a webhook. Without `events` it gets every type that its scope allows."""

    url: WebhookUrl
    events: EventPatterns = ()
    description: Description = ""
    scope: WebhookScope = WebhookScope.AGENT


class EditWebhook(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Changes a webhook; while `active` is false, events are neither sent nor queued."""

    url: WebhookUrl | UnsetType = UNSET
    events: EventPatterns | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    scope: WebhookScope | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class ReplayRange(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sends finished deliveries again: from a seq, to a seq, since a time; by default all."""

    from_seq: Seq | UnsetType = UNSET
    to_seq: Seq | UnsetType = UNSET
    since: Instant | UnsetType = UNSET


class DeliveryQuery(Struct, frozen=True, kw_only=True):
    """Filters the deliveries of a webhook, newest first; repeated states mean or."""

    state: list[DeliveryState] = []
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | UnsetType = UNSET


class WebhookView(Struct, frozen=True, kw_only=True):
    """A webhook; only the responses to creation and rotation have its `secret`."""

    id: int
    url: str
    events: tuple[str, ...]
    description: str
    scope: WebhookScope
    active: bool
    disabled_reason: str | None
    failing_since: datetime | None
    created_at: datetime
    secret: str | UnsetType = UNSET


class DeliveryView(Struct, frozen=True, kw_only=True):
    """The delivery of one event to one webhook. `body` is what would be sent now."""

    id: int
    webhook_id: int
    message_id: str
    type: str
    seq: int
    state: DeliveryState
    attempts: int
    last_status: int | None
    last_error: str | None
    next_attempt_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    body: dict[str, Any] | None


class Pinged(Struct, frozen=True):
    """The result of a test: the status of the receiver, or why there is none."""

    ok: bool
    status: int | None
    error: str | None


class Replayed(Struct, frozen=True):
    """The number of deliveries that are queued again; if `more`, repeat the request."""

    replayed: int
    more: bool
