"""Original mails in an export: what a line says of each, and its bytes for the folder beside it."""

import hashlib
from collections.abc import Callable
from typing import Final

from msgspec import UNSET

from server.domain.timestamps import from_microseconds
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.mail import inbound_mails
from server.storage.queries.mail.inbound_mails import InboundMail
from server.storage.queries.person.name_resolver import NameResolver
from server.transfer.file_format import OriginalEntry

KeepOriginal = Callable[[str, bytes], None]
"""Called with the SHA-256 and the bytes of each mail that a line names."""
Originals = dict[int | None, OriginalEntry]
"""The mails of a ticket by the seq of their message; None: the ticket's own text."""
NO_ORIGINALS: Final[Originals] = {}


def collect_originals(
    reading: ReadTransaction, org_id: int, number: int, names: NameResolver, keep: KeepOriginal
) -> Originals:
    """Returns the mails of a ticket whose bytes are still there; reads them one after the other."""
    found: Originals = {}
    for mail in inbound_mails.list_mails_of_ticket(reading, org_id, number):
        content = inbound_mails.read_mail_content(reading, org_id, mail.id)
        if content is not None and mail.seq not in found:
            sha256 = hashlib.sha256(content).hexdigest()
            keep(sha256, content)
            found[mail.seq] = _describe_mail(reading, mail, sha256, names)
    return found


def _describe_mail(
    reading: ReadTransaction, mail: InboundMail, sha256: str, names: NameResolver
) -> OriginalEntry:
    writer = mail.sender_id and names.read_person(reading, mail.sender_id).email
    return OriginalEntry(
        size=mail.size,
        sha256=sha256,
        fingerprint=mail.fingerprint,
        received_at=from_microseconds(mail.received_at),
        inbox=mail.inbox,
        sender=mail.sender or UNSET,
        writer=writer or UNSET,
        subject=mail.subject,
        message_id=mail.message_id or UNSET,
        verified=mail.verified,
    )
