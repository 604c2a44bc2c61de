"""Webhook endpoints: where an organization wants its events sent. Secrets are stored in the clear.

The row of a deleted endpoint stays without its URL and secrets, so that its id is not used again.
"""

from typing import Any, Final

import msgspec
import peewee as pw
from msgspec import Struct

from common.webhooks import WebhookScope
from server.domain.webhooks.event_matching import Receiver
from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.tables.notification_tables import WebhookModel


class SigningSecret(Struct, frozen=True, array_like=True):
    """A signing secret; `until` (microseconds since 1970) where a newer one has replaced it."""

    text: str
    until: int | None = None


class WebhookEndpoint(Struct, frozen=True, kw_only=True):
    """An endpoint as stored; the newest secret comes first. Times in microseconds since 1970."""

    org_id: int
    id: int
    url: str
    description: str
    events: tuple[str, ...]
    scope: WebhookScope
    secrets: tuple[SigningSecret, ...]
    active: bool
    deleted: bool = False
    disabled_reason: str | None = None
    failing_since: int | None = None
    dead_since: int | None = None
    created_at: int

    @property
    def receiver(self) -> Receiver:
        return Receiver(self.id, self.events, self.scope)

    def valid_secrets(self, now: int) -> list[str]:
        """Returns the secrets that are valid now."""
        return [it.text for it in self.secrets if it.until is None or it.until > now]


ENDPOINT_FIELDS: Final = [getattr(WebhookModel, name) for name in WebhookEndpoint.__struct_fields__]
_OWN: Final = WebhookModel.org_id == param("org_id")
_THIS: Final = _OWN & (WebhookModel.id == param("id"))
_ALIVE: Final = WebhookModel.deleted == param("no")
_FIND = Statement(WebhookModel.select(*ENDPOINT_FIELDS).where(_THIS & _ALIVE))
_PAGE = Statement(
    WebhookModel.select(*ENDPOINT_FIELDS)
    .where(_OWN & (WebhookModel.id > param("after")) & _ALIVE)
    .order_by(WebhookModel.id)
    .limit(param("limit"))
)
_SENDING = Statement(
    WebhookModel.select(WebhookModel.org_id).where(WebhookModel.active == param("yes")).distinct()
)
_LAST = Statement(WebhookModel.select(pw.fn.MAX(WebhookModel.id)).where(_OWN))
_COUNT = Statement(WebhookModel.select(pw.fn.COUNT(WebhookModel.id)).where(_OWN & _ALIVE))
_INSERT = build_insert(WebhookModel)
_UPDATE = Statement(
    WebhookModel.update({field: param(field.name) for field in ENDPOINT_FIELDS[2:]}).where(_THIS)
)
_FAIL = Statement(
    WebhookModel.update({WebhookModel.failing_since: param("now")}).where(
        _THIS & WebhookModel.failing_since.is_null()
    )
)
_RECOVER = Statement(
    WebhookModel.update({WebhookModel.failing_since: None, WebhookModel.dead_since: None}).where(
        _THIS
    )
)


def find_endpoint(reading: ReadTransaction, org_id: int, webhook_id: int) -> WebhookEndpoint | None:
    row = reading.fetch_row(_FIND, org_id=org_id, id=webhook_id, no=False)
    return None if row is None else endpoint_from_row(row)


def list_endpoints(
    reading: ReadTransaction, org_id: int, after: int, limit: int
) -> list[WebhookEndpoint]:
    """Returns endpoints with ids above `after`, ascending."""
    rows = reading.fetch_rows(_PAGE, org_id=org_id, after=after, limit=limit, no=False)
    return [endpoint_from_row(row) for row in rows]


def list_sending_organizations(reading: ReadTransaction) -> frozenset[int]:
    """Returns every organization with an active endpoint."""
    return frozenset(row[0] for row in reading.fetch_rows(_SENDING, yes=True))


def read_last_id(reading: ReadTransaction, org_id: int) -> int:
    """Returns the highest endpoint id that the organization ever used."""
    return int(reading.fetch_value(_LAST, org_id=org_id) or 0)


def count_endpoints(reading: ReadTransaction, org_id: int) -> int:
    return int(reading.fetch_value(_COUNT, org_id=org_id, no=False))


def add_endpoint(writing: WriteTransaction, it: WebhookEndpoint) -> None:
    writing.write(_INSERT, **_endpoint_values(it))


def save_endpoint(writing: WriteTransaction, it: WebhookEndpoint) -> None:
    writing.write(_UPDATE, **_endpoint_values(it))


def mark_failing(writing: WriteTransaction, org_id: int, webhook_id: int, now: int) -> None:
    """Notes since when the endpoint fails, unless it is known to."""
    writing.write(_FAIL, org_id=org_id, id=webhook_id, now=now)


def mark_recovered(writing: WriteTransaction, org_id: int, webhook_id: int) -> None:
    """Notes that the endpoint works again."""
    writing.write(_RECOVER, org_id=org_id, id=webhook_id)


def endpoint_from_row(row: Row) -> WebhookEndpoint:
    """Returns an endpoint from a row of its fields, in their order."""
    values = dict(zip(WebhookEndpoint.__struct_fields__, row, strict=False))
    return WebhookEndpoint(
        **{
            **values,
            "events": tuple(msgspec.json.decode(values["events"])),
            "scope": WebhookScope(values["scope"]),
            "secrets": _SECRETS(values["secrets"]),
            "active": bool(values["active"]),
            "deleted": bool(values["deleted"]),
        }
    )


_SECRETS = msgspec.json.Decoder(tuple[SigningSecret, ...]).decode


def _endpoint_values(it: WebhookEndpoint) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(it),
        "events": msgspec.json.encode(it.events).decode(),
        "scope": it.scope.value,
        "secrets": msgspec.json.encode(it.secrets).decode(),
    }
