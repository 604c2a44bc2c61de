"""What is sent: type, timestamp and data, as Standard Webhooks suggests; data is the envelope.

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
from server.domain.customer_visibility import INTERNAL
from server.domain.webhooks.event_matching import News, is_for_customers

MOST_BYTES: Final = 19_999
"""Of a body: the standard's examples stay below 20 kB, and so do we."""
_OMITTED: Final = ("changes", "organization", "ticket/tags", "user/skills", "reason", "ticket")
"""What is left out, one after the other, until the rest fits."""
_INWARD: Final = ("reason", "user", "organization")
"""Beside the ticket, and not for customers: why a supervisor took up a closed ticket, for one."""

Data = dict[str, Any]
_encode = msgspec.json.Encoder().encode


def body_of(envelope: Envelope, scope: WebhookScope) -> bytes | None:
    """The body for an endpoint of this scope; None where the event is not for its eyes."""
    data: Data = msgspec.to_builtins(envelope)
    if scope is WebhookScope.CUSTOMER:
        if not is_for_customers(_news(data)):
            return None
        data = _outward(data)
    return _fitting({"type": envelope.type, "timestamp": data["at"], "data": data})


def test_body(org_id: int, webhook_id: int, at: datetime) -> bytes:
    """The body of a test ping."""
    data = {"org": org_id, "webhook": webhook_id}
    return _encode({"type": TEST_TYPE, "timestamp": at, "data": data})


def _news(data: Data) -> News:
    kind = data.get("message", {}).get("kind")
    parts = data.get("redacted")
    if parts is not None and not msgspec.convert(parts, RedactedParts).public:
        kind = MessageKind.NOTE
    return News(data["type"], data.get("changes", {}), MessageKind(kind) if kind else None)


def _outward(data: Data) -> Data:
    """An event as a customer may see it."""
    seen = {name: value for name, value in data.items() if name not in _INWARD}
    for part in ("ticket", "changes"):
        if part in seen:
            seen[part] = _without(seen[part], INTERNAL)
    if "redacted" in seen:
        parts = msgspec.convert(seen["redacted"], RedactedParts)
        seen["redacted"] = msgspec.to_builtins(parts.public)
    if "ticket" in seen:
        seen["ticket"]["snoozed_until"] = None
    return seen


def _without(fields: Mapping[str, Any], hidden: frozenset[str]) -> Data:
    return {name: value for name, value in fields.items() if name not in hidden}


def _fitting(body: Data) -> bytes:
    """The body's text, shortened until it is short enough."""
    text = _encode(body)
    if len(text) > MOST_BYTES and "message" in body["data"]:
        text = _with_less_said(body, len(text) - MOST_BYTES)
    for path in _OMITTED:
        if len(text) <= MOST_BYTES:
            break
        _omit(body["data"], path)
        text = _encode(body)
    return text


def _with_less_said(body: Data, excess: int) -> bytes:
    """The message's own text cut so that all fits, if that is enough."""
    message = body["data"]["message"]
    body["data"]["truncated"] = ["/message/body"]
    excess += len(_encode(body["data"]["truncated"])) + len(',"truncated":')
    message["body"] = _cut(message["body"], excess)
    return _encode(body)


def _cut(words: str, excess: int) -> str:
    """The words without so many bytes of their JSON text, at the end of a character."""
    room = len(_encode(words)) - excess
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        if len(_encode(words[:middle])) <= room:
            low = middle
        else:
            high = middle - 1
    return words[:low]


def _omit(data: Data, path: str) -> None:
    *above, name = path.split("/")
    place: Any = data
    for step in above:
        place = place.get(step) or {}
    if place.pop(name, None) is not None:
        data.setdefault("truncated", []).append(f"/{path}")
