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
from common.organization import OrganizationSettings
from common.preferences import Digest
from common.tickets.filing import TicketCreated
from common.tickets.rating import RATING_PERIOD
from server.delivery.mail import mail_content, mail_places
from server.delivery.mail.mail_document import MailDocument
from server.delivery.mail.mail_places import MailPlace, MailSecrets
from server.delivery.mail.mail_recipient import MailEvent, MailRecipient
from server.delivery.mail.mime_message import build_message, encode_address
from server.delivery.mail.smtp_settings import Sender
from server.domain import mail_schedule
from server.domain.rating_links import SURVEY, RateLink
from server.rendering import views
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import event_log
from server.storage.queries.mail.mails import QueuedMail
from server.storage.queries.organization import organizations
from server.storage.queries.organization.log_epochs import read_head
from server.storage.queries.person import people, recipients, undelivered_mail
from server.storage.queries.person.name_resolver import NameResolver
from server.storage.queries.person.people import Person
from server.storage.queries.ticket import participants, surveys, tickets
from server.storage.queries.ticket.surveys import SurveyState

_ERASED_SUFFIX: Final = "@invalid"
"""The end of an erased person's address."""


_MOST_RELATED_EVENTS: Final = 5


class WithinQuietHours(Exception):
    """The person has quiet hours now: it may go at `until`."""

    def __init__(self, until: datetime) -> None:
        self.until = until


class MailStopped(Exception):
    """Nothing is sent to the address any more: an earlier mail was refused for good."""


class MailContext(Struct, frozen=True):
    """Settings of every mail of the installation; `public_url` is the base of its links."""

    sender: Sender
    public_url: str
    secrets: MailSecrets


class ComposedMail(Struct, frozen=True):
    """A message, the one address it goes to, and the one that reports of its delivery go to."""

    to: str
    message: EmailMessage
    return_path: str


def compose_mail(
    reading: ReadTransaction, context: MailContext, mails: Sequence[QueuedMail], now: datetime
) -> ComposedMail | None:
    """Returns the message that these rows of one user make; None where nothing is to be sent.

    Raises UndeliverableAddress where the user has no usable address, MailStopped where it has
    turned out to be wrong, and WithinQuietHours.
    """
    first = mails[0]
    person = people.find_person(reading, first.org_id, first.user_id)
    if person is None or not person.active or person.email.endswith(_ERASED_SUFFIX):
        return None
    try:
        settings = organizations.read_settings(reading, first.org_id)
    except NotFound:
        return None
    _check_quiet_hours(reading, person, now)
    place = mail_places.find_mail_place(reading, context.secrets, mails, person)
    recipient = _make_recipient(reading, context, mails, person, settings, place, now)
    document = _build_document(reading, context, mails, recipient, now)
    if document is None:
        return None
    _check_address(reading, person)
    made = build_message(
        document,
        sender=context.sender,
        organization=settings.name,
        to=person.email,
        thread=place.thread,
        at=now,
        reply_to=place.reply_address,
    )
    back = place.return_address or context.sender.address
    return ComposedMail(person.email, made, encode_address(back))


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


def _check_address(reading: ReadTransaction, person: Person) -> None:
    mark = undelivered_mail.find_undeliverable_address(reading, person.org_id, person.email)
    if mark is not None:
        raise MailStopped(mark.error)


def _make_recipient(
    reading: ReadTransaction,
    context: MailContext,
    mails: Sequence[QueuedMail],
    person: Person,
    settings: OrganizationSettings,
    place: MailPlace,
    now: datetime,
) -> MailRecipient:
    numbers = {mail.number for mail in mails if mail.number is not None}
    links = {
        number: f"{context.public_url}/t/{token}"
        for number in sorted(numbers)
        if (token := mail_places.make_link_token(reading, context.secrets, person, number, now))
    }
    return MailRecipient(
        id=person.id,
        role=person.role,
        organization=settings.name,
        zone=settings.timezone,
        language=settings.language,
        answers=place.reply_address is not None,
        links=links,
        takes_part=frozenset(
            number
            for number in numbers
            if participants.is_participant(reading, person.org_id, number, person.id)
        ),
    )


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
    if first.digest:
        return mail_content.write_digest_mail(news, recipient)
    return mail_content.write_event_mail(news[0], recipient)


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
    is_new = first.type == TicketCreated.type
    description = tickets.read_description(reading, mail.org_id, number) if is_new else ""
    return MailEvent(told, mail.reason, tuple(then), description)


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
    url = f"{context.public_url}/rate/{link.sign_token(context.secrets.links)}"
    return mail_content.write_survey_mail(number, ticket.subject, url, expires_at, recipient)
