"""The envelope: one event as it travels, and the state after it.

It carries the event (the story, for a timeline) and the resulting ticket (the state, for a
store). So a client's fold is one assignment, a lost message heals itself, and an old client
survives a new kind of event.
"""

from datetime import datetime
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType

from common.organization import Organization
from common.tickets.redacting import RedactedParts
from common.tickets.sla import TargetName
from common.wire import ActorRef, MessageView, TicketView, UserView

USER_CHANGED: Final = "user.changed"
PRESENCE_CHANGED: Final = "presence.changed"
ORGANIZATION_CHANGED: Final = "org.changed"
"""Types of the events that are about no ticket; those of tickets are in `tickets/registry.py`."""


class Envelope(Struct, frozen=True, kw_only=True):
    """One event of one organization; `epoch` is the identity of its log.

    `changes` maps a field to [old, new] in the ticket's shape; `redacted` names what a redaction
    took out, and has no text.

    `type` is plain text: a type that the reader does not know is still read by its ticket.
    """

    org: int
    epoch: str
    seq: int
    type: str
    at: datetime
    actor: ActorRef
    ticket: TicketView | UnsetType = UNSET
    changes: dict[str, tuple[Any, Any]] | UnsetType = UNSET
    message: MessageView | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    target: TargetName | UnsetType = UNSET
    redacted: RedactedParts | UnsetType = UNSET
    user: UserView | UnsetType = UNSET
    organization: Organization | UnsetType = UNSET


class Signal(Struct, frozen=True, omit_defaults=True):
    """A message without a seq of its own; it may be lost: `heartbeat`, `stream.moved`."""

    org: int
    seq: int
    type: str
    at: datetime
    epoch: str


class EventPage(Struct, frozen=True):
    """A stretch of the log, oldest first; `seq` is the newest event there is.

    `epoch` is the identity of the log. Another one than before: what was read is out of date.
    """

    items: list[Envelope]
    seq: int
    epoch: str
