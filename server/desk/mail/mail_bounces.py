"""Delivery reports: a bounce of a mail of ours marks the messages that did not arrive."""

from msgspec import Struct

from server.desk.mail import delivery_failures
from server.desk.mail.delivery_failures import FailedMail
from server.desk.mail.incoming_mail import IncomingMail
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.epochs import Epochs
from server.domain.mail_ids import MailId, read_digest_id, read_mail_id
from server.storage.queries.mail import mails
from server.storage.queries.organization import log_epochs


class BouncedMail(Struct, frozen=True):
    """A mail of ours that came back: to whom it went, and ticket and seq of what it was about.

    `number` is the one ticket that it was about; None for a digest.
    """

    person_id: int
    number: int | None
    events: tuple[tuple[int | None, int], ...]


def record_bounce(work: UnitOfWork, mail: IncomingMail) -> BouncedMail | None:
    """Records what a delivery report says, and returns the mail it is about.

    None where it names no mail that this installation signed: anybody can write a report. The
    address it names is believed only where it is one of the recipient's.
    """
    returned, bounce = _find_returned_mail(work, mail), mail.read.bounce
    if returned is None:
        return None
    if bounce is not None and bounce.permanent:
        for number, seq in returned.events:
            failed = FailedMail(
                person_id=returned.person_id,
                number=number,
                seq=seq,
                error=bounce.diagnostic or bounce.status,
                reported=bounce.recipient,
            )
            delivery_failures.record_undelivered(work, failed)
    return returned


def _find_returned_mail(work: UnitOfWork, mail: IncomingMail) -> BouncedMail | None:
    read = mail.read
    named = read.bounce.message_ids if read.bounce else ()
    epochs = log_epochs.read_head(work.writing, work.actor.org_id).epochs
    for text in (*named, *read.in_reply_to, *read.references):
        own = read_mail_id(text, mail.secret)
        found = _find_digest(work, text, mail.secret, epochs) if own is None else None
        if own is not None and own.signed:
            found = _find_mail(work, own, epochs)
        if found is not None:
            return found
    return None


def _find_mail(work: UnitOfWork, own: MailId, epochs: Epochs) -> BouncedMail | None:
    if own.org_id != work.actor.org_id or own.seq is None or own.person_id is None:
        return None
    if epochs.find_epoch(own.seq) != own.epoch:
        return None
    return BouncedMail(own.person_id, own.number, ((own.number, own.seq),))


def _find_digest(work: UnitOfWork, text: str, secret: str, epochs: Epochs) -> BouncedMail | None:
    own = read_digest_id(text, secret)
    if own is None or own.org_id != work.actor.org_id:
        return None
    if epochs.find_epoch(own.first_seq) != own.epoch:
        return None
    events = mails.list_events_of_digest(
        work.writing, own.org_id, own.person_id, own.first_row, own.last_row
    )
    return BouncedMail(own.person_id, None, tuple(events))
