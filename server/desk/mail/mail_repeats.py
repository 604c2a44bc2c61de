"""Recognizes a mail that comes again: by its Message-ID, or by its bytes without one.

Some devices and forms give all their mails the same id. So a mail with a known id is a repeated one
if its author and its date are those of the earlier mail too, which no list and no alias changes.
"""

import hashlib
from typing import Final

from msgspec import Struct

from server.desk.mail.incoming_mail import IncomingMail
from server.mail_reading.mail_reader import read_mail
from server.mail_reading.received_mail import ReadMail
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.mail import inbound_mails
from server.storage.queries.mail.inbound_mails import InboundMail

_HEAD_BYTES: Final = 65_536
"""Bytes of the earlier mail in which its headers are looked for."""


class MailIdentity(Struct, frozen=True):
    """The fingerprint of a mail in the organization, and the same mail if it has come before."""

    fingerprint: str
    earlier: InboundMail | None = None


def identify_mail(reading: ReadTransaction, mail: IncomingMail) -> MailIdentity:
    """Returns the mail's fingerprint, which no other mail of the organization has."""
    org_id, fingerprint = mail.inbox.org_id, mail.fingerprint
    found = inbound_mails.find_by_fingerprint(reading, org_id, fingerprint)
    if found is None or mail.read.message_id is None or _is_same_mail(reading, found, mail.read):
        return MailIdentity(fingerprint, found)
    other = f"{fingerprint}:{_digest_origin(mail.read)}"
    return MailIdentity(other, inbound_mails.find_by_fingerprint(reading, org_id, other))


def _is_same_mail(reading: ReadTransaction, earlier: InboundMail, read: ReadMail) -> bool:
    """Returns whether author and date are the same, as far as the earlier mail is still there."""
    head = inbound_mails.read_mail_head(reading, earlier.org_id, earlier.id, _HEAD_BYTES)
    if head is None:
        return earlier.sender in {None, read.sender.address if read.sender else None}
    return _digest_origin(read_mail(head)) == _digest_origin(read)


def _digest_origin(read: ReadMail) -> str:
    author = read.sender.address if read.sender else ""
    return hashlib.sha256(f"{author} {read.sent_at}".encode()).hexdigest()[:16]
