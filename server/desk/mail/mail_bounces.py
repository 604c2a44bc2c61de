"""Delivery reports: a bounce of a mail of ours marks the message that did not arrive."""

from server.desk.mail import delivery_failures
from server.desk.mail.delivery_failures import FailedMail
from server.desk.mail.incoming_mail import IncomingMail
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.mail_ids import MailId, read_mail_id
from server.storage.queries import log_epochs


def record_bounce(work: UnitOfWork, mail: IncomingMail) -> MailId | None:
    """Records what a delivery report says, and returns the mail it is about.

    None where it names no mail that this installation signed: anybody can write a report. The
    address it names is not believed either: it is the recipient's present one that is stopped.
    """
    returned = _find_returned_mail(work, mail)
    bounce = mail.read.bounce
    if returned is None or returned.person_id is None or returned.seq is None:
        return None
    if bounce is not None and bounce.permanent:
        failed = FailedMail(
            person_id=returned.person_id,
            number=returned.number,
            seq=returned.seq,
            error=bounce.diagnostic or bounce.status,
        )
        delivery_failures.record_undelivered(work, failed)
    return returned


def _find_returned_mail(work: UnitOfWork, mail: IncomingMail) -> MailId | None:
    read, org_id = mail.read, work.actor.org_id
    named = read.bounce.message_ids if read.bounce else ()
    epochs = log_epochs.read_head(work.writing, org_id).epochs
    for text in (*named, *read.in_reply_to, *read.references):
        own = read_mail_id(text, mail.secret)
        if own is None or not own.signed or own.org_id != org_id or own.seq is None:
            continue
        if epochs.find_epoch(own.seq) == own.epoch:
            return own
    return None
