"""Message-IDs of our mails: written into each of them, and read in the answers to them. Pure.

Parts before the `@`, between dots: the organization, the epoch of the log (none in old logs), the
ticket, and for a mail about an event its seq, the recipient, and sometimes a purpose. A mail's own
id ends with a signature: who names it has the mail. The root of a conversation has none, as before.
"""

import re
from typing import Final

from msgspec import Struct

from server.domain.epochs import UNNAMED
from server.domain.signatures import SIGNATURE_LENGTH, is_signed, sign_text

_PURPOSE: Final = "message id"
_FORM: Final = re.compile(
    r"(?P<text>(?P<org>[0-9]{4,5})(?:\.(?P<epoch>[0-9a-f]{16}))?"
    r"\.(?P<number>[0-9]{1,15})"
    r"(?:\.(?P<seq>[0-9]{1,15})\.(?P<person>[0-9]{1,15})(?:\.(?P<about>[a-z]{1,12}))?)?)"
    rf"(?:\.(?P<signature>[a-z2-7]{{{SIGNATURE_LENGTH}}}))?@[^@\s]+",
    re.ASCII,
)


_DIGEST_FORM: Final = re.compile(
    r"(?P<text>(?P<org_id>[0-9]{4,5})(?:\.(?P<epoch>[0-9a-f]{16}))?"
    r"\.digest\.(?P<first_seq>[0-9]{1,15})-(?P<last_seq>[0-9]{1,15})"
    r"\.(?P<first_row>[0-9]{1,15})-(?P<last_row>[0-9]{1,15})\.(?P<person_id>[0-9]{1,15}))"
    rf"\.(?P<signature>[a-z2-7]{{{SIGNATURE_LENGTH}}})@[^@\s]+",
    re.ASCII,
)


class MailId(Struct, frozen=True):
    """A Message-ID of ours, as an answer names it; `seq` is None for a conversation's root.

    `signed` is true where this server wrote it into a mail. Otherwise anybody may have made it up.
    """

    org_id: int
    epoch: str
    number: int
    seq: int | None
    person_id: int | None
    signed: bool


class DigestId(Struct, frozen=True, kw_only=True):
    """The Message-ID of a digest, which this server signed: its first and last event.

    `first_row` and `last_row` are the ids of their queued mails.
    """

    org_id: int
    epoch: str
    first_seq: int
    last_seq: int
    first_row: int
    last_row: int
    person_id: int


def make_root_id(org_id: int, epoch: str, number: int) -> str:
    """Returns the id of a ticket's conversation, before the `@`; no mail has it as its own."""
    return f"{_log_id(org_id, epoch)}.{number}"


def make_mail_id(
    org_id: int, epoch: str, number: int, seq: int, person_id: int, secret: str, about: str = ""
) -> str:
    """Returns the id of a mail to a person about an event, before the `@`.

    `about` (up to 12 letters) tells apart several mails about one event.
    """
    own = f"{_log_id(org_id, epoch)}.{number}.{seq}.{person_id}" + (f".{about}" if about else "")
    return f"{own}.{sign_text(_PURPOSE, own, secret)}"


def make_digest_id(it: DigestId, secret: str) -> str:
    """Returns the id of a digest, before the `@`; an answer to it is to no ticket."""
    own = (
        f"{_log_id(it.org_id, it.epoch)}.digest.{it.first_seq}-{it.last_seq}"
        f".{it.first_row}-{it.last_row}.{it.person_id}"
    )
    return f"{own}.{sign_text(_PURPOSE, own, secret)}"


def read_digest_id(text: str, secret: str) -> DigestId | None:
    """Returns what the Message-ID of a digest of ours names; None for any other."""
    match = _DIGEST_FORM.fullmatch(text)
    if match is None or not is_signed(_PURPOSE, match["text"], match["signature"], secret):
        return None
    values = {name: int(match[name]) for name in DigestId.__struct_fields__ if name != "epoch"}
    return DigestId(epoch=match["epoch"] or UNNAMED, **values)


def read_mail_id(text: str, secret: str) -> MailId | None:
    """Returns what a Message-ID without its brackets names; None for one that is not ours."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    signature, seq, person = match["signature"], match["seq"], match["person"]
    signed = signature is not None and is_signed(_PURPOSE, match["text"], signature, secret)
    if signature is not None and not signed:
        return None
    return MailId(
        int(match["org"]),
        match["epoch"] or UNNAMED,
        int(match["number"]),
        None if seq is None else int(seq),
        None if person is None else int(person),
        signed,
    )


def _log_id(org_id: int, epoch: str) -> str:
    return str(org_id) if epoch == UNNAMED else f"{org_id}.{epoch}"
