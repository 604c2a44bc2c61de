"""Decides which events a webhook gets: those it subscribed to and its scope may see."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from common.envelope import ORGANIZATION_CHANGED, PRESENCE_CHANGED, USER_CHANGED
from common.errors import FieldError
from common.tickets.registry import EVENTS
from common.tickets.replying import MessageKind
from common.webhooks import WebhookScope
from server.domain.customer_visibility import is_public_event

NON_TICKET_EVENTS: Final = (PRESENCE_CHANGED, USER_CHANGED, ORGANIZATION_CHANGED)
"""Types of events that are not about tickets."""


class Receiver(Struct, frozen=True, array_like=True):
    """An active webhook, with what queueing its deliveries needs."""

    id: int
    events: tuple[str, ...]
    scope: WebhookScope


class MatchableEvent(Struct, frozen=True):
    """The parts of an event that decide who gets it; `kind` is that of its message."""

    type: str
    changes: Mapping[str, Any] = {}
    kind: MessageKind | None = None


def list_event_types() -> list[str]:
    return sorted({*EVENTS, *NON_TICKET_EVENTS})


def find_pattern_errors(patterns: Iterable[str]) -> list[FieldError]:
    """Returns an error for each pattern that matches no event type."""
    known = list_event_types()
    return [
        FieldError(f"unknown event type; there are: {', '.join(known)}", pointer=f"/events/{at}")
        for at, pattern in enumerate(patterns)
        if not any(_matches_pattern(pattern, type_) for type_ in known)
    ]


def should_receive(receiver: Receiver, event: MatchableEvent) -> bool:
    """Returns whether the webhook gets the event."""
    asked = not receiver.events or any(
        _matches_pattern(pattern, event.type) for pattern in receiver.events
    )
    return asked and (receiver.scope is WebhookScope.AGENT or is_visible_to_customers(event))


def is_visible_to_customers(event: MatchableEvent) -> bool:
    """Returns whether customers may see the event: never a note or an internal field."""
    if event.kind is MessageKind.NOTE:
        return False
    return is_public_event(event.type, event.kind, event.changes)


def _matches_pattern(pattern: str, type_: str) -> bool:
    family, _, rest = pattern.partition(".")
    return pattern == type_ or (rest == "*" and type_.partition(".")[0] == family)
