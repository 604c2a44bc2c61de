"""Decides what customers see of a ticket, and which events change that.

The rules apply to the view and version of a ticket for customers, to API keys that read only what
is public, and to webhooks with the scope `customer`. Notes are left out of a conversation where it
is read, by `Actor.sees_internal`: `server/storage/queries/ticket/messages.py`.
"""

from collections.abc import Mapping
from typing import Any, Final, get_args, get_type_hints

from msgspec import UNSET, UnsetType

from common.tickets.event import TicketEvent
from common.tickets.redacting import TicketRedacted
from common.tickets.registry import EVENTS
from common.tickets.replying import MessageAdded, MessageKind
from common.tickets.ticket import AUDIENCES, Audience
from common.tickets.undelivered import MessageUndelivered
from common.wire import COMMON_TICKET_FIELDS, TicketView

STORED_ONLY_FIELDS: Final = frozenset(
    name for name, audience in AUDIENCES.items() if audience is Audience.STORED
)
"""Fields of a ticket that the server shows to nobody."""
INTERNAL_FIELDS: Final = frozenset(
    name for name, audience in AUDIENCES.items() if audience is not Audience.PUBLIC
)
"""Fields of a ticket that customers never see."""


def _find_hidden_values() -> dict[str, UnsetType | None]:
    types = get_type_hints(TicketView)
    return {
        name: UNSET if UnsetType in get_args(types[name]) else None
        for name in COMMON_TICKET_FIELDS
        if name in INTERNAL_FIELDS
    }


HIDDEN_VALUES: Final[Mapping[str, UnsetType | None]] = _find_hidden_values()
"""The values that a customer's view has in place of internal fields; UNSET leaves one out."""


def find_event_kind(event: TicketEvent) -> MessageKind | None:
    """Returns the kind of a message's event; `note` for others that customers do not see."""
    if isinstance(event, MessageAdded | TicketRedacted | MessageUndelivered):
        return event.kind
    return None


def is_public_event(type_: str, kind: MessageKind | None, changes: Mapping[str, Any]) -> bool:
    """Returns whether an event changes what the ticket's customer can see.

    `kind` is that of its message, None where it is none. A note is hidden, but the change of
    a visible field that goes with it is not.
    """
    event = EVENTS.get(type_)
    if event is None:
        return False  # it is about no ticket
    if event.audience is Audience.PUBLIC and kind is not MessageKind.NOTE:
        return True
    return not INTERNAL_FIELDS.issuperset(changes)
