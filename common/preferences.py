"""Notification preferences: which channel is used for what.

A kind says what happened; a relation says what the person has to do with the ticket.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from common.text import TimeOfDay


class NotificationKind(StrEnum):
    """The subject of a notification. Of several with one reason the first here counts."""

    MENTION = "mention"
    UNDELIVERED = "undelivered"
    CREATED = "created"
    CUSTOMER_REPLY = "customer_reply"
    AGENT_REPLY = "agent_reply"
    NOTE = "note"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    ASSIGNED = "assigned"
    PROGRESS = "progress"
    SLA_BREACHED = "sla_breached"
    SLA_WARNING = "sla_warning"
    UNROUTABLE = "unroutable"
    RATED = "rated"
    EDITED = "edited"


class Relation(StrEnum):
    """The relation of the recipient to the ticket."""

    MINE = "mine"
    FOLLOWED = "followed"
    TEAM = "team"
    UNASSIGNED = "unassigned"
    REQUESTED = "requested"


class Channel(StrEnum):
    """The channel of a notification."""

    IN_APP = "in_app"
    EMAIL = "email"


class Digest(StrEnum):
    """The collection of mails into digests."""

    OFF = "off"
    HOURLY = "hourly"
    DAILY = "daily"


Channels = Annotated[
    tuple[Channel, ...], Meta(max_length=2, extra_json_schema={"uniqueItems": True})
]


class NotificationPreference(Struct, frozen=True, forbid_unknown_fields=True):
    """The channels for a kind and a relation; without channels there is no notification."""

    kind: NotificationKind
    relation: Relation
    channels: Channels


NotificationPreferences = Annotated[tuple[NotificationPreference, ...], Meta(max_length=100)]


class QuietHours(Struct, frozen=True, forbid_unknown_fields=True):
    """The time of day in which no mail is sent; it may cross midnight."""

    start: TimeOfDay = field(name="from")
    end: TimeOfDay = field(name="to")
    timezone: Annotated[str, Meta(min_length=1, max_length=64)]


class Preferences(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The preferences of a person. What they leave out is as the organization has it."""

    notices: NotificationPreferences = ()
    quiet_hours: QuietHours | None = None
    digest: Digest = Digest.OFF


class Notifications(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The default preferences of the organization."""

    agents: NotificationPreferences = ()
    customers: NotificationPreferences = ()
