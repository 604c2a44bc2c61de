"""The customer's view of a ticket, and the events that change it.

The same rule serves a customer's view and version of a ticket, API keys that read public things
alone, and webhooks that stand for customers.
"""

from collections.abc import Mapping
from typing import Any, Final

from common.tickets.replying import MessageKind
from common.wire import STORED_ONLY_FIELDS

INTERNAL_FIELDS: Final = (
    frozenset({"tags", "routing", "sla", "snoozed_until", "external_id"}) | STORED_ONLY_FIELDS
)
"""Fields of a ticket that customers never see."""
_FAMILIES: Final = frozenset({"ticket", "message"})
"""Families of events that can change what customers see."""


def is_public_event(type_: str, kind: MessageKind | None, changes: Mapping[str, Any]) -> bool:
    """Returns whether an event changes what the ticket's customer can see.

    `kind` is that of its message, None where it is none. A note is hidden, but the change of
    a visible field that goes with it is not.
    """
    if type_.partition(".")[0] not in _FAMILIES:
        return False
    if kind is MessageKind.NOTE or type_ == "ticket.updated":
        return not INTERNAL_FIELDS.issuperset(changes)
    return True
