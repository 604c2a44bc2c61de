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
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries import event_log
from server.storage.queries.log_epochs import read_head
from server.storage.queries.name_resolver import NameResolver
from server.storage.queries.webhooks import WebhookEndpoint


class WebhookMessage(Struct, frozen=True):
    """An event for an endpoint; `body` None where it is not for its eyes any more."""

    message_id: str
    type: str
    at: datetime
    body: bytes | None


def make_message_id(endpoint: WebhookEndpoint, seq: int, epochs: Epochs) -> str:
    """Returns the id by which receivers know repeats: one event and endpoint, for ever.

    It is the same at every attempt, replay and after a restore, and never another event's: a
    restored log gives its seqs again, in another epoch.
    """
    parts = (endpoint.org_id, endpoint.id, epochs.find_epoch(seq), seq)
    return "_".join(("msg", *(str(part) for part in parts if part != UNNAMED)))


def render_webhook_message(
    reading: ReadTransaction, endpoint: WebhookEndpoint, seq: int, names: NameResolver
) -> WebhookMessage:
    """The letter about the event with this seq."""
    (entry,) = event_log.list_events(reading, endpoint.org_id, seq - 1, 1)
    epochs = read_head(reading, endpoint.org_id).epochs
    whole = views.render_envelope(reading, entry, names, epochs.current)
    if endpoint.scope is WebhookScope.CUSTOMER and entry.detail.ticket is not None:
        whole = replace(
            whole, ticket=views.render_public_ticket(reading, entry.detail.ticket, names)
        )
    body = payload.build_body(whole, endpoint.scope)
    return WebhookMessage(make_message_id(endpoint, seq, epochs), entry.type, entry.at, body)
