"""Codes that prove an address: mailed once, stored as hashes, tried a few times. Pure."""

import hashlib
import hmac
from datetime import timedelta
from typing import Final

CODE_DIGITS: Final = 8
CODE_LIFETIME: Final = timedelta(minutes=15)
MAX_ATTEMPTS: Final = 5
"""Wrong codes after which even the right one does not count: guesses succeed once in 20 million."""
RESEND_PAUSE: Final = timedelta(seconds=60)
"""The time in which a second request for a code sends none: the first is on its way."""


def format_code(number: int) -> str:
    """Returns a number below 10 to the power of `CODE_DIGITS` as a code."""
    return f"{number:0{CODE_DIGITS}}"


def clean_code(text: str) -> str:
    """Returns a code as it was mailed: people type blanks and hyphens into long numbers."""
    return "".join(letter for letter in text if letter.isascii() and letter.isdigit())


def hash_address(org_id: int, email: str, secret: str) -> str:
    """Returns the stored form of an address that is being proven."""
    return _hash_text(f"address:{org_id}:{email}", secret)


def hash_code(org_id: int, email: str, code: str, secret: str) -> str:
    """Returns the stored form of a code, which proves this address alone."""
    return _hash_text(f"code:{org_id}:{email}:{code}", secret)


def _hash_text(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), text.encode(errors="replace"), hashlib.sha256).hexdigest()
