"""Signatures of webhooks, by the library of the standard (standardwebhooks.com, symmetric `v1`)."""

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from standardwebhooks.webhooks import Webhook

_PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
"""The standard asks for 24 to 64."""


def encode_secret(random: bytes) -> str:
    """Returns a secret's text for 24 to 64 random bytes. Raises ValueError for fewer or more."""
    if not 24 <= len(random) <= 64:  # noqa: PLR2004 - the standard's own bounds
        raise ValueError("a secret has 24 to 64 bytes")
    return _PREFIX + base64.b64encode(random).decode()


def compute_signature(secret: str, message_id: str, at: datetime, body: bytes) -> str:
    """Returns `v1,` and the base64 of HMAC-SHA256 over id, whole seconds since 1970, and body."""
    # The library reads the clock face of any time as UTC, whatever its zone is.
    return Webhook(secret).sign(message_id, at.astimezone(UTC), body.decode())


def build_headers(
    secrets: Iterable[str], message_id: str, at: datetime, body: bytes
) -> Mapping[str, str]:
    """Returns the standard's three headers.

    There is a signature for each secret: two while a rotated one is still valid.
    """
    signatures = [compute_signature(secret, message_id, at, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
