"""Signatures as Standard Webhooks wants them (standardwebhooks.com, symmetric `v1`)."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
"""The standard asks for 24 to 64."""


def encode_secret(random: bytes) -> str:
    """A secret's text out of 24 to 64 random bytes. Raises ValueError for fewer or more."""
    if not 24 <= len(random) <= 64:  # noqa: PLR2004 - the standard's own bounds
        raise ValueError("a secret has 24 to 64 bytes")
    return PREFIX + base64.b64encode(random).decode()


def compute_signature(secret: str, message_id: str, at: datetime, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over id, whole seconds since 1970, and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    content = f"{message_id}.{_unix_seconds(at)}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def build_headers(
    secrets: Iterable[str], message_id: str, at: datetime, body: bytes
) -> Mapping[str, str]:
    """The standard's three headers; while a rotated secret is valid there are two signatures."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(_unix_seconds(at)),
        "webhook-signature": " ".join(
            compute_signature(it, message_id, at, body) for it in secrets
        ),
    }


def _unix_seconds(at: datetime) -> int:
    return int(at.timestamp())
