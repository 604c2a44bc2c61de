"""The envelope: an event on the wire, with the state after it.

It has the event, for a timeline, and the resulting ticket, for a store. A client applies it with
one assignment, recovers from a lost message with the next one, and can handle unknown events.
"""

from datetime import datetime
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType

from common.drafts import DraftRef
from common.organization import Organization
from common.tickets.redacting import RedactedParts
from common.tickets.sla import TargetName
from common.watching import WatchView
from common.wire import ActorRef, MessageView, TicketView, UndeliveredMessage, UserView

USER_CHANGED: Final = "user.changed"
PRESENCE_CHANGED: Final = "presence.changed"
ORGANIZATION_CHANGED: Final = "org.changed"
"""Types of the events that are about no ticket; those of tickets are in `tickets/registry.py`."""


class Envelope(Struct, frozen=True, kw_only=True):
    """One event of one organization; `epoch` is the identity of its log.

    `changes` maps a field to [old, new] in the shape of the ticket. `redacted` names the parts
    that a redaction changed, without their text; `undelivered` the message that did not arrive.

    `type` is plain text, so that a reader can still use the ticket of an unknown type.
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
    undelivered: UndeliveredMessage | UnsetType = UNSET
    user: UserView | UnsetType = UNSET
    organization: Organization | UnsetType = UNSET


class Signal(Struct, frozen=True, omit_defaults=True):
    """A message without a seq of its own, which may be lost: `heartbeat`, `stream.moved` etc.

    `watch` comes with `ticket.watched`, `draft` with `draft.changed`.
    """

    org: int
    seq: int
    type: str
    at: datetime
    epoch: str
    watch: WatchView | UnsetType = UNSET
    draft: DraftRef | UnsetType = UNSET


class EventPage(Struct, frozen=True):
    """A page of the log, oldest first; `seq` is that of the newest event.

    `epoch` is the identity of the log. If it differs, everything read before is outdated.
    """

    items: list[Envelope]
    seq: int
    epoch: str
