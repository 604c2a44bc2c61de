"""Composes a message from its rows when it is sent: from the log, with the names of that moment.

Users who were erased or deactivated meanwhile get nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from common.errors import NotFound
from common.preferences import Digest
from common.tickets.rating import RATING_PERIOD
from server.delivery.mail import mail_content
from server.delivery.mail.document import MailDocument
from server.delivery.mail.mail_content import MailEvent, MailRecipient
from server.delivery.mail.mime_message import MailThread, build_message
from server.delivery.mail.smtp_settings import Sender
from server.domain import mail_schedule
from server.domain.epochs import UNNAMED
from server.domain.rating_links import SURVEY, RateLink
from server.rendering import views
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries import event_log, org_sequence, people, recipients, surveys, tickets
from server.storage.queries.log_epochs import read_head
from server.storage.queries.mails import QueuedMail
from server.storage.queries.name_resolver import NameResolver
from server.storage.queries.people import Person
from server.storage.queries.surveys import SurveyState

_ERASED_SUFFIX: Final = "@invalid"
"""The end of an erased person's address."""


_MOST_RELATED_EVENTS: Final = 5


class WithinQuietHours(Exception):
    """The person has quiet hours now: it may go at `until`."""

    def __init__(self, until: datetime) -> None:
        self.until = until


class MailContext(Struct, frozen=True):
    """Settings of every mail of the installation; `public_url` is the base of its links."""

    sender: Sender
    public_url: str
    secret: str


class ComposedMail(Struct, frozen=True):
    """A message, and the one address it goes to."""

    to: str
    message: EmailMessage


def compose_mail(
    reading: ReadTransaction, context: MailContext, mails: Sequence[QueuedMail], now: datetime
) -> ComposedMail | None:
    """Returns the message that these rows of one user make; None where nothing is to be sent.

    Raises UndeliverableAddress where the user has no usable address, and WithinQuietHours.
    """
    first = mails[0]
    person = people.find_person(reading, first.org_id, first.user_id)
    if person is None or not person.active or person.email.endswith(_ERASED_SUFFIX):
        return None
    try:
        settings = org_sequence.read_settings(reading, first.org_id)
    except NotFound:
        return None
    _check_quiet_hours(reading, person, now)
    recipient = MailRecipient(person.id, person.role, settings.name, settings.timezone)
    document = _build_document(reading, context, mails, recipient, now)
    if document is None:
        return None
    made = build_message(
        document,
        sender=context.sender,
        organization=settings.name,
        to=person.email,
        thread=_build_thread(reading, mails, person),
        at=now,
    )
    return ComposedMail(person.email, made)


def _check_quiet_hours(reading: ReadTransaction, person: Person, now: datetime) -> None:
    """Raises WithinQuietHours; a mail that is late waits for their end, too."""
    wishes = recipients.read_recipient(reading, person.org_id, person.id).preferences
    if wishes.quiet_hours is None:
        return
    until = mail_schedule.find_mail_due(
        replace(wishes, digest=Digest.OFF), now, wishes.quiet_hours.timezone
    )
    if until > now:
        raise WithinQuietHours(until)


def _build_document(
    reading: ReadTransaction,
    context: MailContext,
    mails: Sequence[QueuedMail],
    recipient: MailRecipient,
    now: datetime,
) -> MailDocument | None:
    first = mails[0]
    if first.reason == SURVEY:
        return _build_invitation(reading, context, first, recipient, now)
    names = NameResolver(first.org_id)
    news = [_read_mail_event(reading, mail, names) for mail in mails]
    return (
        mail_content.write_digest_mail(news, recipient)
        if first.digest
        else mail_content.write_event_mail(news[0], recipient)
    )


def _read_mail_event(reading: ReadTransaction, mail: QueuedMail, names: NameResolver) -> MailEvent:
    """Returns the event, with the events of the same transaction: they have the same time."""
    number = mail.number or 0
    first, *rest = event_log.list_ticket_events(
        reading, mail.org_id, number, mail.seq - 1, _MOST_RELATED_EVENTS
    )
    epoch = read_head(reading, mail.org_id).epoch
    told, *then = [
        views.render_envelope(reading, entry, names, epoch)
        for entry in (first, *(it for it in rest if it.at == first.at))
    ]
    return MailEvent(told, mail.reason, tuple(then))


def _build_invitation(
    reading: ReadTransaction,
    context: MailContext,
    mail: QueuedMail,
    recipient: MailRecipient,
    now: datetime,
) -> MailDocument | None:
    """Returns the invitation to rate; None where the ticket was reopened since it was queued.

    None also where the link has expired, because the relay was unreachable for so long.
    """
    number = mail.number or 0
    it = surveys.find_invitation(reading, mail.org_id, number, mail.seq)
    ticket = tickets.find_ticket(reading, mail.org_id, number)
    if (
        it is None
        or it.state is not SurveyState.SENT
        or ticket is None
        or ticket.resolved_at is None
    ):
        return None
    expires_at = ticket.resolved_at + RATING_PERIOD
    if now >= expires_at:
        return None
    link = RateLink(mail.org_id, number, mail.seq, int(expires_at.timestamp()))
    url = f"{context.public_url}/rate/{link.sign_token(context.secret)}"
    return mail_content.write_survey_mail(number, ticket.subject, url, expires_at, recipient)


def _build_thread(
    reading: ReadTransaction, mails: Sequence[QueuedMail], person: Person
) -> MailThread:
    """Returns ids that no other mail has had, nor has after the log was restored from a backup."""
    first, last = mails[0], mails[-1]
    epochs = read_head(reading, first.org_id).epochs
    if first.digest:
        log_id = _log_id(first.org_id, epochs.find_epoch(first.seq))
        return MailThread(f"{log_id}.digest.{first.seq}-{last.seq}.{person.id}")
    opening = event_log.list_ticket_events(reading, first.org_id, first.number or 0, 0, 1)
    opened_at = opening[0].seq if opening else first.seq
    root = f"{_log_id(first.org_id, epochs.find_epoch(opened_at))}.{first.number}"
    own = f"{_log_id(first.org_id, epochs.find_epoch(first.seq))}.{first.number}"
    end = ".survey" if first.reason == SURVEY else ""
    return MailThread(f"{own}.{first.seq}.{person.id}{end}", root)


def _log_id(org_id: int, epoch: str) -> str:
    return str(org_id) if epoch == UNNAMED else f"{org_id}.{epoch}"
