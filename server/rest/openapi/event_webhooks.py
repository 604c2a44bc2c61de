"""Describes the requests that this server makes to webhooks, one for each type of event."""

from datetime import datetime
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from common.envelope import ORGANIZATION_CHANGED, PRESENCE_CHANGED, USER_CHANGED, Envelope
from common.tickets.registry import EVENTS, describe_event_type
from common.webhooks import TEST_TYPE
from server.rest.openapi import schemas
from server.rest.openapi.schemas import Schema

TAG: Final = "events sent"
_OTHER_TYPES: Final = {
    USER_CHANGED: "A person was created or changed",
    PRESENCE_CHANGED: "An agent's presence changed",
    ORGANIZATION_CHANGED: "The organization's settings changed",
    TEST_TYPE: "A test that an admin asked for; not an event of the log",
}
_HEADERS: Final = {
    "webhook-id": "The same for every attempt at one delivery: do a thing once per id",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970",
    "webhook-signature": "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`",
}
_RESPONSES: Final = {
    "2XX": "Taken; nothing more is sent",
    "410": "Gone: the webhook becomes inactive at once",
    "4XX": "Not taken; sent again later, like every answer but 2xx and 410",
}


class WebhookEventData(Envelope, frozen=True, kw_only=True):
    """The event's envelope, below 20 kB; `truncated` names what was cut or left out of it.

    Each entry is a JSON pointer. The whole event is at `GET /events`.
    """

    truncated: list[str] | UnsetType = UNSET


class WebhookEvent(Struct, frozen=True):
    """The body of a request to a webhook, after Standard Webhooks."""

    type: str
    timestamp: datetime
    data: WebhookEventData


class WebhookTestData(Struct, frozen=True):
    """The webhook that is tested, and its organization."""

    org: int
    webhook: int


class WebhookTest(Struct, frozen=True):
    """The body that `POST /webhooks/{id}/test` sends."""

    type: str
    timestamp: datetime
    data: WebhookTestData


WEBHOOK_BODIES: Final = (WebhookEvent, WebhookTest)


def describe_webhooks() -> Schema:
    """Returns the `webhooks` object of the document, by type of event."""
    types = {
        name: f"Event of a ticket: {describe_event_type(name)}" for name in EVENTS
    } | _OTHER_TYPES
    return {name: {"post": _describe_request(name, summary)} for name, summary in types.items()}


def _describe_request(type_: str, summary: str) -> Schema:
    body = WebhookTest if type_ == TEST_TYPE else WebhookEvent
    return {
        "operationId": f"sent.{type_}",
        "tags": [TAG],
        "summary": summary,
        "description": "Signed after Standard Webhooks, and tried again until it is taken.",
        "security": [],
        "parameters": [_describe_header(name, text) for name, text in _HEADERS.items()],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schemas.describe_type(body)}},
        },
        "responses": {status: {"description": text} for status, text in _RESPONSES.items()},
    }


def _describe_header(name: str, description: str) -> Schema:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }
