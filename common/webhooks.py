"""Webhooks: what admins send about them, and what they are told."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from common.ids import Seq
from common.queries import DEFAULT_LIMIT, Cursor, Limit
from common.text import NAME_LIMIT
from common.tickets.editing import Instant

TEST_TYPE: Final = "webhook.test"
"""What a test ping says; it is no event of the log."""
ROTATION_HOURS: Final = 24
"""How long a rotated secret goes on signing beside the new one."""

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
# A line like a name, but it may be empty.
Description = Annotated[
    str, Meta(max_length=NAME_LIMIT, pattern=r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$")
]


class WebhookScope(StrEnum):
    """The audience of a receiver: `customer` gets nothing that customers may not see."""

    AGENT = "agent"
    CUSTOMER = "customer"


class DeliveryState(StrEnum):
    """`queued`: not tried yet; `failed`: to be tried again; `dead`: given up until replayed."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"


class CreateWebhook(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Send events to a URL. `events` empty: every type that the scope has."""

    url: WebhookUrl
    events: EventPatterns = ()
    description: Description = ""
    scope: WebhookScope = WebhookScope.AGENT


class EditWebhook(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Change an endpoint; `active` false: nothing is sent, nor kept for later."""

    url: WebhookUrl | UnsetType = UNSET
    events: EventPatterns | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    scope: WebhookScope | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class ReplayRange(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Send again what was sent or given up: from a seq, to a seq, since a time; all by default."""

    from_seq: Seq | UnsetType = UNSET
    to_seq: Seq | UnsetType = UNSET
    since: Instant | UnsetType = UNSET


class DeliveryQuery(Struct, frozen=True, kw_only=True):
    """Deliveries of an endpoint, newest first; repeated states mean or."""

    state: list[DeliveryState] = []
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | UnsetType = UNSET


class WebhookView(Struct, frozen=True, kw_only=True):
    """An endpoint; `secret` is there where it was made: at creation and at rotation."""

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
    """One event on its way to one endpoint. `body` is what is sent, as it would be sent now."""

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
    """The result of a test: the receiver's status, or why there was none."""

    ok: bool
    status: int | None
    error: str | None


class Replayed(Struct, frozen=True):
    """The number of deliveries queued again; `more`: repeat the request for the rest."""

    replayed: int
    more: bool
