"""Webhook administration: endpoints, replays, and disabling an endpoint that keeps failing."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from msgspec import UNSET
from msgspec.structs import asdict, replace

from common.errors import Conflict, FieldError, Invalid, NotFound
from common.webhooks import ROTATION_HOURS, CreateWebhook, DeliveryState, EditWebhook, ReplayRange
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import from_optional_microseconds, to_microseconds
from server.domain.webhooks import event_matching, receiver_addresses, retry_schedule, signing
from server.domain.webhooks.retry_schedule import EndpointAction
from server.storage.queries.outgoing import webhook_deliveries, webhooks
from server.storage.queries.outgoing.webhook_deliveries import (
    MAX_ENDPOINT_ID,
    Delivery,
    DeliveryRange,
)
from server.storage.queries.outgoing.webhooks import SigningSecret, WebhookEndpoint

MAX_WEBHOOKS: Final = 20
"""Endpoints that an organization may have at a time."""
MAX_REPLAYED: Final = 1_000
_ROTATION_MICROSECONDS: Final = ROTATION_HOURS * 3600 * 1_000_000
_GONE_REASON: Final = "It answered 410 Gone."
_DEAD_REASON: Final = "For five days every delivery was given up."


class TooManyWebhooks(Conflict):
    slug, title = "too-many-webhooks", "The organization has all the webhooks that it may have"
    occasion = "The organization has 20 webhooks. Delete one first."


class WebhookInactive(Conflict):
    slug, title = "webhook-inactive", "Nothing is sent to an inactive webhook"
    occasion = (
        "Nothing is sent to an inactive webhook, so nothing is replayed. Make it active first."
    )


def find_webhook_errors(given: Mapping[str, Any], *, allow_private: bool) -> list[FieldError]:
    """Returns what is wrong with an endpoint's fields beyond their shape."""
    url, events = given.get("url", UNSET), given.get("events", UNSET)
    says = (
        None
        if url is UNSET
        else receiver_addresses.find_url_error(url, allow_private=allow_private)
    )
    found = [FieldError(says, pointer="/url")] if says else []
    return found if events is UNSET else [*found, *event_matching.find_pattern_errors(events)]


def create_webhook(
    work: UnitOfWork, command: CreateWebhook, *, allow_private: bool
) -> WebhookEndpoint:
    """Creates an endpoint; its secret is shown once. Raises Invalid, TooManyWebhooks."""
    _check_fields(asdict(command), allow_private=allow_private)
    org_id, writing = work.actor.org_id, work.writing
    webhook_id = webhooks.read_last_id(writing, org_id) + 1
    if webhooks.count_endpoints(writing, org_id) >= MAX_WEBHOOKS or webhook_id > MAX_ENDPOINT_ID:
        raise TooManyWebhooks(f"There may be {MAX_WEBHOOKS} at a time, and {MAX_ENDPOINT_ID} ever.")
    made = WebhookEndpoint(
        org_id=org_id,
        id=webhook_id,
        **asdict(command),
        secrets=(_new_secret(),),
        active=True,
        created_at=to_microseconds(work.now),
    )
    webhooks.add_endpoint(writing, made)
    _publish_receivers(work)
    return made


def edit_webhook(
    work: UnitOfWork, webhook_id: int, command: EditWebhook, *, allow_private: bool
) -> WebhookEndpoint:
    """Changes an endpoint; activating it forgets its failures. Raises NotFound, Invalid."""
    before = load_webhook(work, webhook_id)
    values = {name: value for name, value in asdict(command).items() if value is not UNSET}
    _check_fields(values, allow_private=allow_private)
    after = replace(before, **values)
    if after.active and not before.active:
        after = replace(after, disabled_reason=None, failing_since=None, dead_since=None)
    if after != before:
        webhooks.save_endpoint(work.writing, after)
        _publish_receivers(work)
    return after


def rotate_secret(work: UnitOfWork, webhook_id: int) -> WebhookEndpoint:
    """Creates a new secret; the previous one signs beside it for a day. Raises NotFound."""
    before = load_webhook(work, webhook_id)
    old = SigningSecret(before.secrets[0].text, to_microseconds(work.now) + _ROTATION_MICROSECONDS)
    after = replace(before, secrets=(_new_secret(), old))
    webhooks.save_endpoint(work.writing, after)
    return after


def delete_webhook(work: UnitOfWork, webhook_id: int) -> None:
    """Deletes an endpoint; its deliveries are purged little by little. Raises NotFound."""
    before = load_webhook(work, webhook_id)
    gone = replace(before, active=False, deleted=True, url="", description="", secrets=())
    webhooks.save_endpoint(work.writing, gone)
    _publish_receivers(work)


def replay_webhook_delivery(work: UnitOfWork, delivery_id: int) -> tuple[WebhookEndpoint, Delivery]:
    """Queues a delivery again, under its old id. Raises NotFound, WebhookInactive."""
    seq, webhook_id = webhook_deliveries.split_delivery_id(delivery_id)
    to = load_webhook(work, webhook_id)
    there = webhook_deliveries.find_delivery(work.writing, to.org_id, to.id, seq)
    if there is None:
        raise NotFound
    _check_active(to)
    now = to_microseconds(work.now)
    webhook_deliveries.requeue_delivery(work.writing, to.org_id, to.id, seq, now)
    queued = replace(there, state=DeliveryState.QUEUED, attempts=0, due_at=now, finished_at=None)
    return to, queued


def replay_range(work: UnitOfWork, webhook_id: int, command: ReplayRange) -> int:
    """Queues the finished deliveries of a range again; returns how many. Raises as above."""
    to = load_webhook(work, webhook_id)
    _check_active(to)
    given = {name: value for name, value in asdict(command).items() if value is not UNSET}
    if "since" in given:
        given["since"] = to_microseconds(given["since"])
    return webhook_deliveries.requeue_deliveries(
        work.writing,
        to.org_id,
        to.id,
        DeliveryRange(**given),
        to_microseconds(work.now),
        MAX_REPLAYED,
    )


def record_dead_delivery(work: UnitOfWork, webhook_id: int, *, gone: bool) -> EndpointAction:
    """Notifies admins of an endpoint's first dead delivery and of its end. Raises NotFound."""
    before = load_webhook(work, webhook_id)
    mood = (
        EndpointAction.DISABLE
        if gone
        else retry_schedule.decide_endpoint_action(
            from_optional_microseconds(before.dead_since), work.now
        )
    )
    if not before.active:
        return EndpointAction.SILENT
    if mood is EndpointAction.DISABLE:
        why = _GONE_REASON if gone else _DEAD_REASON
        webhooks.save_endpoint(work.writing, replace(before, active=False, disabled_reason=why))
        _publish_receivers(work)
    elif mood is EndpointAction.NOTIFY:
        webhooks.save_endpoint(work.writing, replace(before, dead_since=to_microseconds(work.now)))
    return mood


def load_webhook(work: UnitOfWork, webhook_id: int) -> WebhookEndpoint:
    """Returns the endpoint. Raises NotFound."""
    found = webhooks.find_endpoint(work.writing, work.actor.org_id, webhook_id)
    if found is None:
        raise NotFound
    return found


def _check_fields(given: dict[str, Any], *, allow_private: bool) -> None:
    found = find_webhook_errors(given, allow_private=allow_private)
    if found:
        raise Invalid(*found)


def _check_active(to: WebhookEndpoint) -> None:
    if not to.active:
        raise WebhookInactive("Make it active first, then replay.")


def _publish_receivers(work: UnitOfWork) -> None:
    """Copies the active endpoints to the organization's row, which every event reads."""
    every = webhooks.list_endpoints(work.writing, work.actor.org_id, 0, MAX_WEBHOOKS)
    work.sequence.save_receivers(it.receiver for it in every if it.active)


def _new_secret() -> SigningSecret:
    return SigningSecret(signing.encode_secret(secrets.token_bytes(signing.SECRET_BYTES)))
