"""Rating links: signed and expiring, so that a customer rates without signing in. Pure."""

import hashlib
import hmac
import re
from typing import Final

from msgspec import Struct

SURVEY: Final = "survey"
"""What a mail with such a link is owed for."""
_TOKEN: Final = re.compile(
    r"([0-9]{4,5})-([0-9]{1,16})-([0-9]{1,16})-([0-9]{1,12})-([0-9a-f]{40})", re.ASCII
)


class RateLink(Struct, frozen=True):
    """The content of a link: one resolution (`seq`) of one ticket; `expires_at` in Unix seconds.

    It is no secret what it says, only nobody else can say it.
    """

    org_id: int
    number: int
    seq: int
    expires_at: int

    @property
    def _payload(self) -> str:
        return f"{self.org_id}-{self.number}-{self.seq}-{self.expires_at}"

    def sign_token(self, secret: str) -> str:
        """The token of the link: what it says, and 160 bits of its HMAC-SHA256."""
        return f"{self._payload}-{_compute_mac(secret, self._payload)}"


def read_link(token: str, secret: str) -> RateLink | None:
    """Returns what the token stands for; None where it was not signed with this secret."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    org_id, number, seq, expires_at = (int(match[n]) for n in range(1, 5))
    link = RateLink(org_id, number, seq, expires_at)
    # Compared whole: a number has one way to be written.
    return link if hmac.compare_digest(link.sign_token(secret), token) else None


def _compute_mac(secret: str, says: str) -> str:
    return hmac.new(secret.encode(), says.encode(), hashlib.sha256).hexdigest()[:40]
