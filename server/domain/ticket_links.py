"""Ticket links: signed and expiring, so that a person opens one ticket without signing in. Pure.

A token is its payload in plain sight, a dot, and the signature by itsdangerous. The address is
`{public_url}/t/{token}`; the secret is that of rating links, which are signed with another salt.
"""

import hashlib
import re
from datetime import datetime, timedelta
from typing import Final

from itsdangerous import BadSignature, Signer
from msgspec import Struct

LINK_LIFETIME: Final = timedelta(days=90)
"""The life of a link. Each mail has a fresh one, so a conversation that goes on stays open."""
_PAYLOAD: Final = re.compile(
    r"([0-9]{4,5})-([0-9]{1,16})-([0-9]{1,16})-([0-9]{1,9})-([0-9]{1,12})", re.ASCII
)


class TicketLink(Struct, frozen=True):
    """A link for one ticket and one person; `expires_at` in Unix seconds.

    `generation` is that of the ticket's links: a link of an earlier one was revoked. Anybody may
    read a token; only this installation can make one.
    """

    org_id: int
    number: int
    person_id: int
    generation: int
    expires_at: int

    @property
    def payload(self) -> str:
        head = f"{self.org_id}-{self.number}-{self.person_id}"
        return f"{head}-{self.generation}-{self.expires_at}"

    def sign_token(self, secret: str) -> str:
        """Returns the token of the link: its payload and 256 bits of HMAC-SHA256."""
        return _make_signer(secret).sign(self.payload).decode()


def make_ticket_link(
    org_id: int, number: int, person_id: int, generation: int, now: datetime
) -> TicketLink:
    """Returns a link that works for `LINK_LIFETIME` from now."""
    expires_at = int((now + LINK_LIFETIME).timestamp())
    return TicketLink(org_id, number, person_id, generation, expires_at)


def read_ticket_link(token: str, secret: str) -> TicketLink | None:
    """Returns the link behind a token, expired or not; None where nobody here signed it."""
    signer = _make_signer(secret)
    try:
        payload = signer.unsign(token).decode()
    except (BadSignature, UnicodeError):
        return None
    match = _PAYLOAD.fullmatch(payload)
    # Base64 leaves bits of its last letter unread; a link is to have one token only.
    if match is None or signer.sign(payload).decode() != token:
        return None
    org_id, number, person_id, generation, expires_at = map(int, match.groups())
    return TicketLink(org_id, number, person_id, generation, expires_at)


def _make_signer(secret: str) -> Signer:
    return Signer(secret, salt="ticket link", key_derivation="hmac", digest_method=hashlib.sha256)
