"""Preferences: by which channel somebody wants to hear of what.

A kind is what happened; a relation is what the ticket is to the person.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from common.text import TimeOfDay


class NotificationKind(StrEnum):
    """The kind of a notification. Of several with one reason, the first here is sent."""

    MENTION = "mention"
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
    """The relation of a ticket to the notified person; preferences are set by kind and relation."""

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
    """Says whether mails come one by one, or together."""

    OFF = "off"
    HOURLY = "hourly"
    DAILY = "daily"


Channels = Annotated[
    tuple[Channel, ...], Meta(max_length=2, extra_json_schema={"uniqueItems": True})
]


class NotificationPreference(Struct, frozen=True, forbid_unknown_fields=True):
    """By which channels one wants to be told of a kind; none: not at all."""

    kind: NotificationKind
    relation: Relation
    channels: Channels


NotificationPreferences = Annotated[tuple[NotificationPreference, ...], Meta(max_length=100)]


class QuietHours(Struct, frozen=True, forbid_unknown_fields=True):
    """The time in which no mail is sent: from one time of day to another, also across midnight."""

    start: TimeOfDay = field(name="from")
    end: TimeOfDay = field(name="to")
    timezone: Annotated[str, Meta(min_length=1, max_length=64)]


class Preferences(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person's choice of notifications. A kind that is left out is as the organization has it."""

    notices: NotificationPreferences = ()
    quiet_hours: QuietHours | None = None
    digest: Digest = Digest.OFF


class Notifications(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The notifications of the organization's people, unless they choose otherwise."""

    agents: NotificationPreferences = ()
    customers: NotificationPreferences = ()
