"""Webhook messages, rendered from the log when they are sent or shown.

So they have today's names, and nothing that an erased person wrote.
"""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from common.webhooks import WebhookScope
from server.domain.epochs import UNNAMED, Epochs
from server.domain.webhooks import payload
from server.rendering import views
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import event_log
from server.storage.queries.organization.log_epochs import read_head
from server.storage.queries.outgoing.webhooks import WebhookEndpoint
from server.storage.queries.person.name_resolver import NameResolver


class WebhookMessage(Struct, frozen=True):
    """An event for an endpoint; `body` is None where the endpoint may not see it any more."""

    message_id: str
    type: str
    at: datetime
    body: bytes | None


def make_message_id(endpoint: WebhookEndpoint, seq: int, epochs: Epochs) -> str:
    """Returns the id by which receivers recognize repeats: one for each event and endpoint.

    It is the same at every attempt, replay and after a restore. A restored log uses its seqs again,
    in another epoch, so the epoch is part of the id.
    """
    parts = (endpoint.org_id, endpoint.id, epochs.find_epoch(seq), seq)
    return "_".join(("msg", *(str(part) for part in parts if part != UNNAMED)))


def render_webhook_message(
    reading: ReadTransaction, endpoint: WebhookEndpoint, seq: int, names: NameResolver
) -> WebhookMessage:
    """Returns the message about the event with this seq."""
    (entry,) = event_log.list_events(reading, endpoint.org_id, seq - 1, 1)
    epochs = read_head(reading, endpoint.org_id).epochs
    whole = views.render_envelope(reading, entry, names, epochs.current)
    if endpoint.scope is WebhookScope.CUSTOMER and entry.detail.ticket is not None:
        whole = replace(
            whole, ticket=views.render_public_ticket(reading, entry.detail.ticket, names)
        )
    body = payload.build_body(whole, endpoint.scope)
    return WebhookMessage(make_message_id(endpoint, seq, epochs), entry.type, entry.at, body)
