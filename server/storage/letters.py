"""Letters: what goes to an endpoint about an event, made from the log when it is sent or shown.

So it says today's names, and what a person who was erased wrote is not in it.
"""

from datetime import datetime

from msgspec import Struct

from server.domain.webhooks import payload
from server.storage import log, views
from server.storage.names import Names
from server.storage.transaction import Reading
from server.storage.webhooks import Endpoint


class Letter(Struct, frozen=True):
    """An event for an endpoint; `body` None where it is not for its eyes any more."""

    message_id: str
    type: str
    at: datetime
    body: bytes | None


def message_id(endpoint: Endpoint, seq: int) -> str:
    """The same at every attempt and replay, and nobody else's: receivers know repeats by it."""
    return f"msg_{endpoint.org_id}_{endpoint.id}_{seq}"


def letter(reading: Reading, endpoint: Endpoint, seq: int, names: Names) -> Letter:
    """The letter about the event with this seq."""
    (entry,) = log.after(reading, endpoint.org_id, seq - 1, 1)
    body = payload.body_of(views.envelope(reading, entry, names), endpoint.scope)
    return Letter(message_id(endpoint, seq), entry.type, entry.at, body)
