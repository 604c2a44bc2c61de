"""Builds the body of webhooks: type, timestamp and data, as in Standard Webhooks.

Below 20 kB whatever the event holds: what is too long is cut or left out, and `truncated` in the
data names it by JSON pointer. The whole is there over REST.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from common.envelope import Envelope
from common.tickets.redacting import RedactedParts
from common.tickets.replying import MessageKind
from common.webhooks import TEST_TYPE, WebhookScope
from server.domain.customer_visibility import HIDDEN_VALUES, INTERNAL_FIELDS
from server.domain.webhooks.event_matching import MatchableEvent, is_visible_to_customers

MAX_PAYLOAD_BYTES: Final = 19_999
"""The maximal size of a body, below the 20 kB of the standard."""
_OMITTED_PATHS: Final = (
    "changes",
    "organization",
    "ticket/tags",
    "user/skills",
    "reason",
    "ticket",
)
"""The parts that are left out, in this order, until the rest fits."""
_AGENT_ONLY: Final = ("reason", "user", "organization")
"""Parts that customers do not see, such as the reason for reopening a closed ticket."""

EventData = dict[str, Any]
_encode = msgspec.json.Encoder().encode


def build_body(envelope: Envelope, scope: WebhookScope) -> bytes | None:
    """Returns the body for a webhook of this scope; None if it may not see the event."""
    data: EventData = msgspec.to_builtins(envelope)
    if scope is WebhookScope.CUSTOMER:
        if not is_visible_to_customers(_describe_event(data)):
            return None
        data = _build_customer_view(data)
    return _encode_within_limit({"type": envelope.type, "timestamp": data["at"], "data": data})


def build_test_body(org_id: int, webhook_id: int, at: datetime) -> bytes:
    """Returns the body of a test."""
    data = {"org": org_id, "webhook": webhook_id}
    return _encode({"type": TEST_TYPE, "timestamp": at, "data": data})


def _describe_event(data: EventData) -> MatchableEvent:
    kind = data.get("message", {}).get("kind")
    parts = data.get("redacted")
    if parts is not None and not msgspec.convert(parts, RedactedParts).public_parts:
        kind = MessageKind.NOTE
    if "undelivered" in data:
        kind = MessageKind.NOTE
    return MatchableEvent(
        data["type"], data.get("changes", {}), MessageKind(kind) if kind else None
    )


def _build_customer_view(data: EventData) -> EventData:
    """Returns the event as customers may see it."""
    seen = {name: value for name, value in data.items() if name not in _AGENT_ONLY}
    for part in ("ticket", "changes"):
        if part in seen:
            seen[part] = _omit_fields(seen[part], INTERNAL_FIELDS)
    if "redacted" in seen:
        parts = msgspec.convert(seen["redacted"], RedactedParts)
        seen["redacted"] = msgspec.to_builtins(parts.public_parts)
    if "ticket" in seen:
        seen["ticket"] |= {name: None for name, value in HIDDEN_VALUES.items() if value is None}
    return seen


def _omit_fields(fields: Mapping[str, Any], hidden: frozenset[str]) -> EventData:
    return {name: value for name, value in fields.items() if name not in hidden}


def _encode_within_limit(body: EventData) -> bytes:
    """Returns the encoded body, shortened until it fits."""
    text = _encode(body)
    if len(text) > MAX_PAYLOAD_BYTES and "message" in body["data"]:
        text = _shorten_message(body, len(text) - MAX_PAYLOAD_BYTES)
    for path in _OMITTED_PATHS:
        if len(text) <= MAX_PAYLOAD_BYTES:
            break
        _omit_path(body["data"], path)
        text = _encode(body)
    return text


def _shorten_message(body: EventData, excess: int) -> bytes:
    """Cuts the text of the message as far as needed, if that is enough."""
    message = body["data"]["message"]
    body["data"]["truncated"] = ["/message/body"]
    excess += len(_encode(body["data"]["truncated"])) + len(',"truncated":')
    message["body"] = _cut_text(message["body"], excess)
    return _encode(body)


def _cut_text(words: str, excess: int) -> str:
    """Returns the text without `excess` bytes of its JSON form, cut between characters."""
    room = len(_encode(words)) - excess
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        if len(_encode(words[:middle])) <= room:
            low = middle
        else:
            high = middle - 1
    return words[:low]


def _omit_path(data: EventData, path: str) -> None:
    *above, name = path.split("/")
    place: Any = data
    for step in above:
        place = place.get(step) or {}
    if place.pop(name, None) is not None:
        data.setdefault("truncated", []).append(f"/{path}")
