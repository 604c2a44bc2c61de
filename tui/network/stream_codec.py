"""Decodes the server's events, so that one that cannot be read never stops the others."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from common.envelope import Envelope, EventPage, Signal
from common.people import Role
from common.topics import (
    DRAFT_CHANGED,
    HEARTBEAT,
    NOTIFICATION_CREATED,
    STREAM_MOVED,
    TICKET_WATCHED,
)
from common.wire import ActorRef
from tui.text import safe_text

UNLOGGED_TYPES: Final = frozenset({HEARTBEAT, STREAM_MOVED, NOTIFICATION_CREATED})
"""Messages that are not in the log: their seq is that of the last event, not their own."""
_SIGNALS_WITH_CONTENT: Final = frozenset({TICKET_WATCHED, DRAFT_CHANGED})
_UNKNOWN_TIME: Final = datetime.fromtimestamp(0, UTC)


class _EventHeader(Struct, frozen=True):
    org: int
    seq: int
    at: datetime
    type: str = ""
    epoch: str = ""


class _EventSeq(Struct, frozen=True):
    seq: int


class _RawEventPage(Struct, frozen=True):
    items: list[msgspec.Raw]
    seq: int
    epoch: str = ""


def decode_frame(topic: bytes, payload: bytes) -> Envelope | Signal | None:
    """Decodes a message of the stream; None where it cannot be read: the log has it, too."""
    try:
        header = safe_text.decode_safe_json(payload, _EventHeader)
        if header.type in _SIGNALS_WITH_CONTENT:
            return safe_text.decode_safe_json(payload, Signal)  # type: ignore[no-any-return]
        if header.type in UNLOGGED_TYPES or b"/user/" in topic:
            return Signal(header.org, header.seq, header.type, header.at, header.epoch)
        return safe_text.decode_safe_json(payload, Envelope)  # type: ignore[no-any-return]
    except msgspec.MsgspecError:
        return None


def decode_event_page(raw: bytes, after: int = 0) -> EventPage:
    """Decodes a page of the log that follows the event `after`.

    An event that cannot be read becomes one about nothing, with its seq. Without a readable seq
    it counts as the next one, because a log has no gaps. Raises msgspec.MsgspecError where the
    page itself cannot be read.
    """
    try:
        return safe_text.decode_safe_json(raw, EventPage)  # type: ignore[no-any-return]
    except msgspec.ValidationError:
        page = msgspec.json.decode(raw, type=_RawEventPage)
        events: list[Envelope] = []
        for item in page.items:
            expected_seq = (events[-1].seq if events else after) + 1
            events.append(_decode_event(bytes(item), expected_seq))
        return EventPage(events, page.seq, page.epoch)


def _decode_event(raw: bytes, expected_seq: int) -> Envelope:
    event = _decode_or_none(raw, Envelope)
    return event if event is not None else _make_empty_event(raw, expected_seq)


def _make_empty_event(raw: bytes, expected_seq: int) -> Envelope:
    header = _decode_or_none(raw, _EventHeader)
    if header is None:
        known = _decode_or_none(raw, _EventSeq)
        header = _EventHeader(0, known.seq if known else expected_seq, _UNKNOWN_TIME)
    return Envelope(
        org=header.org,
        epoch=header.epoch,
        seq=header.seq,
        type=header.type,
        at=header.at,
        actor=ActorRef(None, Role.SYSTEM, ""),
    )


def _decode_or_none(raw: bytes, kind: Any) -> Any:
    try:
        return safe_text.decode_safe_json(raw, kind)
    except msgspec.ValidationError:
        return None
