"""Original mails of an import: kept as those that came here, so that the same rules hold."""

from typing import Final

from msgspec.structs import replace

from server.desk.mail import mail_people
from server.desk.mail.incoming_mail import IncomingMail
from server.desk.recording.unit_of_work import UnitOfWork
from server.mail_reading.mail_reader import read_mail
from server.storage.queries.mail import inbound_mails
from server.storage.queries.mail.inbound_mails import InboundMail
from server.storage.queries.mail.inboxes import MailInbox

_HEAD_BYTES: Final = 65_536
"""Bytes of a mail in which the people who got a copy are looked for."""


def restore_mail(work: UnitOfWork, mail: InboundMail, content: bytes) -> None:
    """Records a mail behind an imported message, with its bytes.

    Draws its id. Where the same mail came here itself, this one is not known by its fingerprint.
    """
    org_id = work.actor.org_id
    row = replace(mail, id=inbound_mails.next_mail_id(work.writing, org_id))
    if inbound_mails.find_by_fingerprint(work.writing, org_id, mail.fingerprint) is not None:
        row = replace(row, fingerprint=f"{mail.fingerprint}:imported-{row.id}")
    inbound_mails.add_inbound_mail(work.writing, row, content)
    if row.number is not None:
        mail_people.remember_named_people(work, _read_head(row, content), row.number)


def _read_head(row: InboundMail, content: bytes) -> IncomingMail:
    head = content[:_HEAD_BYTES]
    inbox = MailInbox(org_id=row.org_id, id=0, address=row.inbox, category="", created_at=0)
    return IncomingMail(content=head, read=read_mail(head), inbox=inbox, secret="")
