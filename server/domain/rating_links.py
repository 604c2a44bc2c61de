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
"""The kind of mails with such a link."""
_TOKEN: Final = re.compile(
    r"([0-9]{4,5})-([0-9]{1,16})-([0-9]{1,16})-([0-9]{1,12})-([0-9a-f]{40})", re.ASCII
)


class RateLink(Struct, frozen=True):
    """The content of a link: one resolution (`seq`) of a ticket; `expires_at` is in Unix seconds.

    The content is readable, but only the server can sign it.
    """

    org_id: int
    number: int
    seq: int
    expires_at: int

    @property
    def payload(self) -> str:
        return f"{self.org_id}-{self.number}-{self.seq}-{self.expires_at}"

    def sign_token(self, secret: str) -> str:
        """Returns the token of the link: its content and 160 bits of the HMAC-SHA256."""
        return f"{self._payload}-{_compute_mac(secret, self._payload)}"


def read_link(token: str, secret: str) -> RateLink | None:
    """Returns the content of a token; None if it was not signed with this secret."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    org_id, number, seq, expires_at = (int(match[n]) for n in range(1, 5))
    link = RateLink(org_id, number, seq, expires_at)
    # The whole token is compared, since `007` must not pass for `7`.
    return link if hmac.compare_digest(link.sign_token(secret), token) else None


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
