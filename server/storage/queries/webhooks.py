"""Endpoints' rows: where an organization wants its events sent. The secrets are here as they are.

A row that was deleted stays without its URL and secrets, so that its number is not given again.
"""

from typing import Any, Final

import msgspec
import peewee as pw
from msgspec import Struct

from common.webhooks import WebhookScope
from server.domain.webhooks.event_matching import Receiver
from server.storage.engine.statement import Statement, insert, param
from server.storage.engine.transaction import Reading, Row, Writing
from server.storage.tables.notification_tables import Webhook


class Secret(Struct, frozen=True, array_like=True):
    """What signs; `until` (microseconds since 1970) where a newer one has taken its place."""

    text: str
    until: int | None = None


class Endpoint(Struct, frozen=True, kw_only=True):
    """An endpoint as stored; the newest secret comes first. Times in microseconds since 1970."""

    org_id: int
    id: int
    url: str
    description: str
    events: tuple[str, ...]
    scope: WebhookScope
    secrets: tuple[Secret, ...]
    active: bool
    deleted: bool = False
    disabled_reason: str | None = None
    failing_since: int | None = None
    dead_since: int | None = None
    created_at: int

    @property
    def receiver(self) -> Receiver:
        return Receiver(self.id, self.events, self.scope)

    def signing(self, now: int) -> list[str]:
        """The secrets that are valid now."""
        return [it.text for it in self.secrets if it.until is None or it.until > now]


FIELDS: Final = [getattr(Webhook, name) for name in Endpoint.__struct_fields__]
_OWN: Final = Webhook.org_id == param("org_id")
_THIS: Final = _OWN & (Webhook.id == param("id"))
_ALIVE: Final = Webhook.deleted == param("no")
_FIND = Statement(Webhook.select(*FIELDS).where(_THIS & _ALIVE))
_PAGE = Statement(
    Webhook.select(*FIELDS)
    .where(_OWN & (Webhook.id > param("after")) & _ALIVE)
    .order_by(Webhook.id)
    .limit(param("limit"))
)
_SENDING = Statement(
    Webhook.select(Webhook.org_id).where(Webhook.active == param("yes")).distinct()
)
_LAST = Statement(Webhook.select(pw.fn.MAX(Webhook.id)).where(_OWN))
_COUNT = Statement(Webhook.select(pw.fn.COUNT(Webhook.id)).where(_OWN & _ALIVE))
_INSERT = insert(Webhook)
_UPDATE = Statement(Webhook.update({field: param(field.name) for field in FIELDS[2:]}).where(_THIS))
_FAIL = Statement(
    Webhook.update({Webhook.failing_since: param("now")}).where(
        _THIS & Webhook.failing_since.is_null()
    )
)
_RECOVER = Statement(
    Webhook.update({Webhook.failing_since: None, Webhook.dead_since: None}).where(_THIS)
)


def find(reading: Reading, org_id: int, webhook_id: int) -> Endpoint | None:
    row = reading.row(_FIND, org_id=org_id, id=webhook_id, no=False)
    return None if row is None else endpoint(row)


def page(reading: Reading, org_id: int, after: int, limit: int) -> list[Endpoint]:
    """Endpoints with ids above `after`, ascending."""
    rows = reading.rows(_PAGE, org_id=org_id, after=after, limit=limit, no=False)
    return [endpoint(row) for row in rows]


def sending(reading: Reading) -> frozenset[int]:
    """Every organization with an active endpoint."""
    return frozenset(row[0] for row in reading.rows(_SENDING, yes=True))


def last_id(reading: Reading, org_id: int) -> int:
    """The highest number that an endpoint of the organization ever had."""
    return int(reading.value(_LAST, org_id=org_id) or 0)


def count(reading: Reading, org_id: int) -> int:
    return int(reading.value(_COUNT, org_id=org_id, no=False))


def add(writing: Writing, it: Endpoint) -> None:
    writing.write(_INSERT, **_values(it))


def save(writing: Writing, it: Endpoint) -> None:
    writing.write(_UPDATE, **_values(it))


def fail(writing: Writing, org_id: int, webhook_id: int, now: int) -> None:
    """Notes that the endpoint does not take what it is sent, unless that is known."""
    writing.write(_FAIL, org_id=org_id, id=webhook_id, now=now)


def recover(writing: Writing, org_id: int, webhook_id: int) -> None:
    """Notes that the endpoint takes what it is sent again."""
    writing.write(_RECOVER, org_id=org_id, id=webhook_id)


def endpoint(row: Row) -> Endpoint:
    """An endpoint from a row of its fields, in their order."""
    values = dict(zip(Endpoint.__struct_fields__, row, strict=False))
    return Endpoint(
        **{
            **values,
            "events": tuple(msgspec.json.decode(values["events"])),
            "scope": WebhookScope(values["scope"]),
            "secrets": _SECRETS(values["secrets"]),
            "active": bool(values["active"]),
            "deleted": bool(values["deleted"]),
        }
    )


_SECRETS = msgspec.json.Decoder(tuple[Secret, ...]).decode


def _values(it: Endpoint) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(it),
        "events": msgspec.json.encode(it.events).decode(),
        "scope": it.scope.value,
        "secrets": msgspec.json.encode(it.secrets).decode(),
    }
