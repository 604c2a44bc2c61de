"""What the server tells of events: read so that one it cannot read never stops the others."""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from common.envelope import Envelope, EventPage, Signal
from common.people import Role
from common.topics import HEARTBEAT, STREAM_MOVED
from common.wire import ActorRef
from tui.text import safe_text

_UNLOGGED_TYPES: Final = frozenset(
    {HEARTBEAT, STREAM_MOVED, "ticket.watched", "notification.created"}
)
"""What is no part of the log: its seq is the last event's, not its own."""


class _EventHeader(Struct, frozen=True):
    org: int
    seq: int
    at: datetime
    type: str = ""
    epoch: str = ""


class _RawEventPage(Struct, frozen=True):
    items: list[msgspec.Raw]
    seq: int
    epoch: str = ""


def decode_frame(topic: bytes, payload: bytes) -> Envelope | Signal | None:
    """A message of the stream; None where it cannot be read (the log has it, too)."""
    try:
        bare = safe_text.decode_safe_json(payload, _EventHeader)
        if bare.type in _UNLOGGED_TYPES or b"/user/" in topic:
            return Signal(bare.org, bare.seq, bare.type, bare.at, bare.epoch)
        return safe_text.decode_safe_json(payload, Envelope)  # type: ignore[no-any-return]
    except msgspec.MsgspecError:
        return None


def decode_event_page(raw: bytes) -> EventPage:
    """A page of the log. An event that cannot be read is one about nothing: its seq counts."""
    try:
        return safe_text.decode_safe_json(raw, EventPage)  # type: ignore[no-any-return]
    except msgspec.ValidationError:
        parts = msgspec.json.decode(raw, type=_RawEventPage)
        events = [_decode_event(bytes(item)) for item in parts.items]
        return EventPage(events, parts.seq, parts.epoch)


def _decode_event(raw: bytes) -> Envelope:
    try:
        return safe_text.decode_safe_json(raw, Envelope)  # type: ignore[no-any-return]
    except msgspec.ValidationError:
        bare = safe_text.decode_safe_json(raw, _EventHeader)
        nobody = ActorRef(None, Role.SYSTEM, "")
        return Envelope(
            org=bare.org,
            epoch=bare.epoch,
            seq=bare.seq,
            type=bare.type,
            at=bare.at,
            actor=nobody,
        )
