"""Rating links: signed and expiring, so that a customer rates without signing in. Pure.

A token is its payload in plain sight, a dot, and the signature by itsdangerous.
"""

import hashlib
import hmac
import re
from typing import Final

from itsdangerous import BadSignature, Signer
from msgspec import Struct

SURVEY: Final = "survey"
"""The reason of a mail that has such a link."""
_PAYLOAD: Final = re.compile(r"([0-9]{4,5})-([0-9]{1,16})-([0-9]{1,16})-([0-9]{1,12})", re.ASCII)


class RateLink(Struct, frozen=True):
    """A link for one resolution (`seq`) of one ticket; `expires_at` in Unix seconds.

    Anybody may read a token; only this server can make one.
    """

    org_id: int
    number: int
    seq: int
    expires_at: int

    @property
    def payload(self) -> str:
        return f"{self.org_id}-{self.number}-{self.seq}-{self.expires_at}"

    def sign_token(self, secret: str) -> str:
        """Returns the token of the link: its payload and 256 bits of HMAC-SHA256."""
        return _make_signer(secret).sign(self.payload).decode()


def read_link(token: str, secret: str) -> RateLink | None:
    """Returns the link behind a token; None where this server did not sign it."""
    payload = _verify_token(token, secret) or _verify_former_token(token, secret)
    match = _PAYLOAD.fullmatch(payload or "")
    if match is None:
        return None
    org_id, number, seq, expires_at = map(int, match.groups())
    return RateLink(org_id, number, seq, expires_at)


def _make_signer(secret: str) -> Signer:
    return Signer(secret, salt="rating link", key_derivation="hmac", digest_method=hashlib.sha256)


def _verify_token(token: str, secret: str) -> str | None:
    signer = _make_signer(secret)
    try:
        payload = signer.unsign(token).decode()
    except (BadSignature, UnicodeError):
        return None
    # Base64 leaves bits of its last letter unread; a link is to have one token only.
    return payload if signer.sign(payload).decode() == token else None


def _verify_former_token(token: str, secret: str) -> str | None:
    """Accepts links that were mailed before itsdangerous signed them.

    Links work for 14 days: remove this once all installations have run this version for so long.
    """
    payload, _, given = token.rpartition("-")
    mac = hmac.new(secret.encode(), payload.encode(errors="replace"), hashlib.sha256)
    expected = mac.hexdigest()[:40].encode()
    return payload if hmac.compare_digest(expected, given.encode(errors="replace")) else None
