"""Short signatures, of letters and digits that no mail server changes. Pure."""

import base64
import hashlib
import hmac
from typing import Final

SIGNATURE_LENGTH: Final = 16
"""Characters of a signature: 80 bits, in the alphabet of Base32 (RFC 4648, section 6)."""
_BYTES: Final = 10


def sign_text(purpose: str, text: str, secret: str) -> str:
    """Returns the first 80 bits of HMAC-SHA256 in lower case; each purpose has its own."""
    mac = hmac.new(secret.encode(), f"{purpose}\0{text}".encode(), hashlib.sha256)
    return base64.b32encode(mac.digest()[:_BYTES]).decode().lower()


def is_signed(purpose: str, text: str, signature: str, secret: str) -> bool:
    """Returns whether this server signed the text. Mail servers may change letters' case."""
    expected = sign_text(purpose, text, secret).encode()
    return hmac.compare_digest(expected, signature.lower().encode(errors="replace"))
