"""Builds the content of mails: the event or events that a recipient may read. Pure.

No mail to a customer has a note, or an event of somebody else's ticket.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from msgspec import UNSET, Struct

from common.envelope import Envelope
from common.notifications import Reason
from common.people import Role
from common.tickets.rating import TicketRated
from common.tickets.replying import MessageKind
from common.tickets.transitions import TicketClosed, TicketReopened, TicketResolved
from common.wire import TicketView
from server.delivery.mail import mail_texts
from server.delivery.mail.document import Block, Heading, LinkList, MailDocument, Paragraph, Quote
from server.domain.rating_links import SURVEY

MOST_IN_A_DIGEST: Final = 100
_RELATED_EVENT_TYPES: Final = frozenset(
    {TicketResolved.type, TicketClosed.type, TicketReopened.type}
)
"""The changes of status by a reply that its readers are told of."""


class MailRecipient(Struct, frozen=True):
    """The person who gets a mail, the name of the organization, and its time zone."""

    id: int
    role: Role
    organization: str
    zone: str = "UTC"

    @property
    def is_customer(self) -> bool:
        return self.role is Role.CUSTOMER


class MailEvent(Struct, frozen=True):
    """An event, why the recipient is notified, and what happened with it in one transaction."""

    envelope: Envelope
    reason: str
    then: tuple[Envelope, ...] = ()

    def is_for_requester(self, recipient: MailRecipient) -> bool:
        """Returns whether the texts for customers fit: also for agents about their own requests."""
        return recipient.is_customer or self.reason == Reason.CUSTOMER


def write_event_mail(event: MailEvent, recipient: MailRecipient) -> MailDocument | None:
    """Returns the mail about one event; None where the recipient may read nothing of it."""
    ticket = _visible_ticket(event.envelope, recipient)
    if ticket is None:
        return None
    return MailDocument(
        mail_texts.format_ticket_subject(ticket.number, ticket.subject),
        tuple(_build_event_blocks(event, recipient)),
        mail_texts.explain_reason(recipient.organization, event.reason),
    )


def write_digest_mail(events: Sequence[MailEvent], recipient: MailRecipient) -> MailDocument | None:
    """Returns one mail about many events, grouped by ticket, each in the order of the log."""
    visible = [
        (event, ticket)
        for event in events
        if (ticket := _visible_ticket(event.envelope, recipient)) is not None
    ]
    if not visible:
        return None
    visible.sort(key=lambda pair: (pair[1].number, pair[0].envelope.seq))
    blocks: list[Block] = []
    for number, pairs in groupby(visible[:MOST_IN_A_DIGEST], key=lambda pair: pair[1].number):
        group = list(pairs)
        blocks.append(Heading(mail_texts.format_ticket_subject(number, group[-1][1].subject)))
        blocks += [block for event, _ in group for block in _build_dated_blocks(event, recipient)]
    if len(visible) > MOST_IN_A_DIGEST:
        rest = len(visible) - MOST_IN_A_DIGEST
        blocks.append(Paragraph(mail_texts.format_rest_of_digest(rest)))
    tickets = len({ticket.number for _, ticket in visible})
    return MailDocument(
        mail_texts.format_digest_subject(recipient.organization, len(visible), tickets),
        tuple(blocks),
        mail_texts.explain_reason(recipient.organization, mail_texts.DIGEST),
    )


def write_survey_mail(
    number: int, subject: str, link: str, expires_at: datetime, recipient: MailRecipient
) -> MailDocument:
    """Returns the invitation to rate a resolution; `link` opens the form, and records nothing."""
    labels = enumerate(mail_texts.SCORE_LABELS, 1)
    scores = tuple((label, f"{link}?score={score}") for score, label in labels)
    blocks = (
        Paragraph(mail_texts.ask_for_rating(number)),
        LinkList(scores),
        Paragraph(mail_texts.describe_link_lifetime(expires_at, recipient.zone)),
    )
    return MailDocument(
        mail_texts.format_ticket_subject(number, subject),
        blocks,
        mail_texts.explain_reason(recipient.organization, SURVEY),
    )


def _visible_ticket(envelope: Envelope, recipient: MailRecipient) -> TicketView | None:
    """Returns the event's ticket, if it has one and the recipient may read the event."""
    ticket, message = envelope.ticket, envelope.message
    if ticket is UNSET:
        return None
    if not recipient.is_customer:
        return ticket
    is_note = message is not UNSET and message.kind is not MessageKind.REPLY
    return None if is_note or ticket.customer.id != recipient.id else ticket


def _build_event_blocks(event: MailEvent, recipient: MailRecipient) -> list[Block]:
    """Returns the event, its message, and the changes of status that came with it."""
    as_requester = event.is_for_requester(recipient)
    blocks = _build_envelope_blocks(event.envelope, as_requester=as_requester)
    for envelope in event.then:
        if envelope.type in _RELATED_EVENT_TYPES and _visible_ticket(envelope, recipient):
            blocks += _build_envelope_blocks(envelope, as_requester=as_requester)
    return blocks


def _build_envelope_blocks(envelope: Envelope, *, as_requester: bool) -> list[Block]:
    describe = mail_texts.describe_to_requester if as_requester else mail_texts.describe_to_agent
    blocks: list[Block] = [Paragraph(describe(envelope))]
    if envelope.message is not UNSET:
        blocks.append(Quote(envelope.message.body))
    elif envelope.type == TicketResolved.type and as_requester:
        blocks.append(Paragraph(mail_texts.REOPENING_HINT))
    elif envelope.type == TicketRated.type and envelope.ticket and envelope.ticket.rating:
        rating = envelope.ticket.rating
        blocks.append(Paragraph(mail_texts.describe_score(rating.score)))
        blocks += [Quote(rating.comment)] if rating.comment else []
    return blocks


def _build_dated_blocks(event: MailEvent, recipient: MailRecipient) -> list[Block]:
    written_at = mail_texts.format_local_time(event.envelope.at, recipient.zone)
    return [Paragraph(written_at), *_build_event_blocks(event, recipient)]
