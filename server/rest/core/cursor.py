"""Cursors: where a page ended, opaque to the caller."""

import base64
from typing import Any

import msgspec

from common.errors import Invalid


def encode_cursor(*place: Any) -> str:
    """The place of a page's last item, and the order that it belongs to."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def decode_cursor(text: str, type_: Any) -> Any:
    """The place again, as a tuple type. Raises Invalid for what is none of ours."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        return msgspec.json.decode(raw, type=type_)
    except (ValueError, msgspec.DecodeError):
        raise Invalid.for_parameter("cursor", "take it from next_cursor, unchanged") from None
