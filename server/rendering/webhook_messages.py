"""Letters: what goes to an endpoint about an event, made from the log when it is sent or shown.

So it says today's names, and what a person who was erased wrote is not in it.
"""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from common.webhooks import WebhookScope
from server.domain.epochs import UNNAMED, Epochs
from server.domain.webhooks import payload
from server.rendering import views
from server.storage.engine.transaction import Reading
from server.storage.queries import event_log
from server.storage.queries.log_epochs import read_head
from server.storage.queries.name_resolver import Names
from server.storage.queries.webhooks import Endpoint


class Letter(Struct, frozen=True):
    """An event for an endpoint; `body` None where it is not for its eyes any more."""

    message_id: str
    type: str
    at: datetime
    body: bytes | None


def message_id(endpoint: Endpoint, seq: int, epochs: Epochs) -> str:
    """Returns the id by which receivers know repeats: one event and endpoint, for ever.

    It is the same at every attempt, replay and after a restore, and never another event's: a
    restored log gives its seqs again, in another epoch.
    """
    parts = (endpoint.org_id, endpoint.id, epochs.at(seq), seq)
    return "_".join(("msg", *(str(part) for part in parts if part != UNNAMED)))


def letter(reading: Reading, endpoint: Endpoint, seq: int, names: Names) -> Letter:
    """The letter about the event with this seq."""
    (entry,) = event_log.after(reading, endpoint.org_id, seq - 1, 1)
    epochs = read_head(reading, endpoint.org_id).epochs
    whole = views.envelope(reading, entry, names, epochs.current)
    if endpoint.scope is WebhookScope.CUSTOMER and entry.detail.ticket is not None:
        whole = replace(whole, ticket=views.public_ticket(reading, entry.detail.ticket, names))
    body = payload.body_of(whole, endpoint.scope)
    return Letter(message_id(endpoint, seq, epochs), entry.type, entry.at, body)
