"""Webhooks in a turn of the desk: kept by admins, replayed, given up after long."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from msgspec import UNSET
from msgspec.structs import asdict, replace

from common.errors import Conflict, FieldError, Invalid, NotFound
from common.webhooks import ROTATION_HOURS, CreateWebhook, DeliveryState, EditWebhook, ReplayRange
from server.desk.unit_of_work import UnitOfWork
from server.domain.webhooks import event_matching, receiver_addresses, retry_schedule, signing
from server.domain.webhooks.retry_schedule import Mood
from server.storage.engine.optional_timestamps import loaded_or_none, stored
from server.storage.queries import webhook_deliveries, webhooks
from server.storage.queries.webhook_deliveries import ENDPOINTS_EVER, Delivery, Range
from server.storage.queries.webhooks import Endpoint, Secret

MOST: Final = 20
"""Endpoints of an organization at a time."""
REPLAYED_AT_ONCE: Final = 1_000
_ROTATION: Final = ROTATION_HOURS * 3600 * 1_000_000
_GONE: Final = "It answered 410 Gone."
_DEAD: Final = "For five days every delivery was given up."


class TooManyWebhooks(Conflict):
    slug, title = "too-many-webhooks", "The organization has all the webhooks that it may have"


class WebhookInactive(Conflict):
    slug, title = "webhook-inactive", "Nothing is sent to an inactive webhook"


def faults(given: Mapping[str, Any], *, allow_private: bool) -> list[FieldError]:
    """What is wrong with an endpoint's fields beyond their shape."""
    url, events = given.get("url", UNSET), given.get("events", UNSET)
    says = None if url is UNSET else receiver_addresses.fault(url, allow_private=allow_private)
    found = [FieldError(says, pointer="/url")] if says else []
    return found if events is UNSET else [*found, *event_matching.faults(events)]


def create(turn: UnitOfWork, command: CreateWebhook, *, allow_private: bool) -> Endpoint:
    """A new endpoint, with the secret that is shown once. Raises Invalid, TooManyWebhooks."""
    _ = turn.ledger
    _check(asdict(command), allow_private=allow_private)
    org_id, writing = turn.actor.org_id, turn.writing
    webhook_id = webhooks.last_id(writing, org_id) + 1
    if webhooks.count(writing, org_id) >= MOST or webhook_id > ENDPOINTS_EVER:
        raise TooManyWebhooks(f"There may be {MOST} at a time, and {ENDPOINTS_EVER} ever.")
    made = Endpoint(
        org_id=org_id,
        id=webhook_id,
        **asdict(command),
        secrets=(_new_secret(),),
        active=True,
        created_at=stored(turn.now),
    )
    webhooks.add(writing, made)
    _announce(turn)
    return made


def edit(
    turn: UnitOfWork, webhook_id: int, command: EditWebhook, *, allow_private: bool
) -> Endpoint:
    """A changed endpoint; made active, it begins without its past. Raises NotFound, Invalid."""
    before = find(turn, webhook_id)
    values = {name: value for name, value in asdict(command).items() if value is not UNSET}
    _check(values, allow_private=allow_private)
    after = replace(before, **values)
    if after.active and not before.active:
        after = replace(after, disabled_reason=None, failing_since=None, dead_since=None)
    if after != before:
        webhooks.save(turn.writing, after)
        _announce(turn)
    return after


def rotate(turn: UnitOfWork, webhook_id: int) -> Endpoint:
    """A new secret; the one before signs beside it for a day, older ones no more."""
    before = find(turn, webhook_id)
    old = Secret(before.secrets[0].text, stored(turn.now) + _ROTATION)
    after = replace(before, secrets=(_new_secret(), old))
    webhooks.save(turn.writing, after)
    return after


def delete(turn: UnitOfWork, webhook_id: int) -> None:
    """Takes an endpoint away; its deliveries go with it, little by little. Raises NotFound."""
    before = find(turn, webhook_id)
    gone = replace(before, active=False, deleted=True, url="", description="", secrets=())
    webhooks.save(turn.writing, gone)
    _announce(turn)


def replay(turn: UnitOfWork, delivery_id: int) -> tuple[Endpoint, Delivery]:
    """Sends a delivery again, under its old id. Raises NotFound, WebhookInactive."""
    seq, webhook_id = webhook_deliveries.parts(delivery_id)
    to = find(turn, webhook_id)
    there = webhook_deliveries.find(turn.writing, to.org_id, to.id, seq)
    if there is None:
        raise NotFound
    _check_active(to)
    now = stored(turn.now)
    webhook_deliveries.replay(turn.writing, to.org_id, to.id, seq, now)
    queued = replace(there, state=DeliveryState.QUEUED, attempts=0, due_at=now, finished_at=None)
    return to, queued


def replay_range(turn: UnitOfWork, webhook_id: int, command: ReplayRange) -> int:
    """Sends what is finished of a range again; answers how many. Raises as `replay` does."""
    to = find(turn, webhook_id)
    _check_active(to)
    given = {name: value for name, value in asdict(command).items() if value is not UNSET}
    if "since" in given:
        given["since"] = stored(given["since"])
    return webhook_deliveries.replay_range(
        turn.writing, to.org_id, to.id, Range(**given), stored(turn.now), REPLAYED_AT_ONCE
    )


def died(turn: UnitOfWork, webhook_id: int, *, gone: bool) -> Mood:
    """After a dead letter: admins are told of the first, and of the end. Raises NotFound."""
    before = find(turn, webhook_id)
    mood = (
        Mood.DISABLE if gone else retry_schedule.mood(loaded_or_none(before.dead_since), turn.now)
    )
    if not before.active:
        return Mood.SILENT
    if mood is Mood.DISABLE:
        why = _GONE if gone else _DEAD
        webhooks.save(turn.writing, replace(before, active=False, disabled_reason=why))
        _announce(turn)
    elif mood is Mood.TELL:
        webhooks.save(turn.writing, replace(before, dead_since=stored(turn.now)))
    return mood


def find(turn: UnitOfWork, webhook_id: int) -> Endpoint:
    """The endpoint, with the ledger taken. Raises NotFound."""
    _ = turn.ledger
    found = webhooks.find(turn.writing, turn.actor.org_id, webhook_id)
    if found is None:
        raise NotFound
    return found


def _check(given: dict[str, Any], *, allow_private: bool) -> None:
    found = faults(given, allow_private=allow_private)
    if found:
        raise Invalid(*found)


def _check_active(to: Endpoint) -> None:
    if not to.active:
        raise WebhookInactive("Make it active first, then replay.")


def _announce(turn: UnitOfWork) -> None:
    """Puts the active endpoints where every event of the organization sees them."""
    every = webhooks.page(turn.writing, turn.actor.org_id, 0, MOST)
    turn.ledger.save_receivers(it.receiver for it in every if it.active)


def _new_secret() -> Secret:
    return Secret(signing.secret_of(secrets.token_bytes(signing.SECRET_BYTES)))
