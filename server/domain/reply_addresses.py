"""Reply addresses: an inbox's address with a signed tag, which leads an answer to its ticket.

`help+17-1042-mfrggzdfmztwq2lk@acme.example` is ticket 17, as mailed to the person 1042. Whoever has
the address was sent it, or was given it. The epoch is that of the ticket's first event, so that an
address from before a restore never leads to another ticket. Pure.
"""

import re
from typing import Final

from msgspec import Struct

from server.domain.signatures import SIGNATURE_LENGTH, is_signed, sign_text

_LONGEST_LOCAL_PART: Final = 64
"""Octets before the `@` (RFC 5321, section 4.5.3.1.1)."""
_PURPOSE: Final = "reply address"
_TAG: Final = re.compile(
    rf"([0-9]{{1,15}})-([0-9]{{1,15}})-([a-z2-7]{{{SIGNATURE_LENGTH}}})", re.ASCII | re.IGNORECASE
)


class ReplyTag(Struct, frozen=True):
    """The part behind the `+`, not yet checked: its ticket, its person and its signature."""

    number: int
    person_id: int
    signature: str

    def is_genuine(self, org_id: int, epoch: str, secret: str) -> bool:
        """Returns whether this server made the tag for a ticket that began in this epoch."""
        signed = _signed_text(org_id, epoch, self.number, self.person_id)
        return is_signed(_PURPOSE, signed, self.signature, secret)


def make_reply_address(
    inbox_address: str, org_id: int, epoch: str, number: int, person_id: int, secret: str
) -> str:
    """Returns the address that leads to the ticket; the inbox's own where it has no room for it."""
    local, _, domain = inbox_address.rpartition("@")
    signature = sign_text(_PURPOSE, _signed_text(org_id, epoch, number, person_id), secret)
    tagged = f"{local}+{number}-{person_id}-{signature}"
    if len(tagged.encode()) > _LONGEST_LOCAL_PART:
        return inbox_address
    return f"{tagged}@{domain}"


def split_reply_address(address: str) -> tuple[str, ReplyTag | None]:
    """Returns the inbox's address, and the tag if there is one.

    Another tag behind a `+` is dropped: it is the sender's own, and the inbox is the same.
    """
    local, _, domain = address.rpartition("@")
    inbox, plus, tag = local.rpartition("+")
    if not plus or not inbox:
        return address, None
    match = _TAG.fullmatch(tag)
    read = ReplyTag(int(match[1]), int(match[2]), match[3]) if match else None
    return f"{inbox}@{domain}", read


def _signed_text(org_id: int, epoch: str, number: int, person_id: int) -> str:
    return f"{org_id}-{epoch}-{number}-{person_id}"
