"""Which events an endpoint gets: those it asked for, of those its scope may see."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from common.errors import FieldError
from common.tickets.registry import EVENTS
from common.tickets.replying import MessageKind
from common.webhooks import WebhookScope
from server.domain.customer_visibility import is_public

OTHERS: Final = ("presence.changed", "user.changed", "org.changed")
"""Events that are of no ticket."""


class Receiver(Struct, frozen=True, array_like=True):
    """An active endpoint, as it stands with its organization: all that filing needs to know."""

    id: int
    events: tuple[str, ...]
    scope: WebhookScope


class News(Struct, frozen=True):
    """What of an event decides who gets it; `kind` where it is a message."""

    type: str
    changes: Mapping[str, Any] = {}
    kind: MessageKind | None = None


def known_types() -> list[str]:
    return sorted({*EVENTS, *OTHERS})


def faults(patterns: Iterable[str]) -> list[FieldError]:
    """What is wrong with the events asked for: each has to name one that there is."""
    known = known_types()
    return [
        FieldError(f"unknown event type; there are: {', '.join(known)}", pointer=f"/events/{at}")
        for at, pattern in enumerate(patterns)
        if not any(_fits(pattern, type_) for type_ in known)
    ]


def wants(receiver: Receiver, news: News) -> bool:
    """Whether the endpoint gets the event."""
    asked = not receiver.events or any(_fits(pattern, news.type) for pattern in receiver.events)
    return asked and (receiver.scope is WebhookScope.AGENT or is_for_customers(news))


def is_for_customers(news: News) -> bool:
    """Whether a customer may hear of the event at all: never of a note or an internal field."""
    if news.kind is MessageKind.NOTE:
        return False
    return is_public(news.type, news.kind, news.changes)


def _fits(pattern: str, type_: str) -> bool:
    family, _, rest = pattern.partition(".")
    return pattern == type_ or (rest == "*" and type_.partition(".")[0] == family)
