"""Builds the content of mails: the event or events that a recipient may read. Pure.

A person's words are the body of the mail that brings them, and everything of ours is below. No mail
to a customer has a note, or an event of somebody else's ticket.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from msgspec import UNSET

from common.envelope import Envelope
from common.people import Role
from common.tickets.filing import TicketCreated
from common.tickets.rating import TicketRated
from common.tickets.replying import MessageAdded, MessageKind
from common.tickets.transitions import TicketClosed, TicketReopened, TicketResolved
from common.wire import MessageView
from server.delivery.mail import mail_texts
from server.delivery.mail.mail_document import (
    Block,
    Heading,
    LinkList,
    MailDocument,
    MailFooter,
    Paragraph,
    Quote,
    Words,
)
from server.delivery.mail.mail_recipient import MailEvent, MailRecipient, find_visible_ticket
from server.domain.rating_links import SURVEY

MOST_IN_A_DIGEST: Final = 100
QUOTE_LIMIT: Final = 4_000
"""Characters of a ticket's own text in a mail about it."""
_RELATED_EVENT_TYPES: Final = frozenset(
    {TicketResolved.type, TicketClosed.type, TicketReopened.type}
)
"""The changes of status by a reply that its readers are told of."""
_PROGRAMS: Final = frozenset({Role.KEY, Role.SYSTEM})


def write_event_mail(event: MailEvent, recipient: MailRecipient) -> MailDocument | None:
    """Returns the mail about one event; None where the recipient may read nothing of it."""
    ticket = event.find_visible_ticket(recipient)
    if ticket is None:
        return None
    carries_words = _carries_words(event, recipient)
    return MailDocument(
        subject=mail_texts.format_ticket_subject(recipient.texts, ticket.number, ticket.subject),
        blocks=tuple(_build_event_blocks(event, recipient, carries_words=carries_words)),
        footer=_build_footer(event, recipient, ticket.number, carries_words=carries_words),
        language=recipient.texts.language,
        is_notice=not carries_words or event.envelope.actor.role in _PROGRAMS,
    )


def write_digest_mail(events: Sequence[MailEvent], recipient: MailRecipient) -> MailDocument | None:
    """Returns one mail about many events, grouped by ticket, each in the order of the log."""
    texts = recipient.texts
    visible = [
        (event, ticket)
        for event in events
        if (ticket := event.find_visible_ticket(recipient)) is not None
    ]
    if not visible:
        return None
    visible.sort(key=lambda pair: (pair[1].number, pair[0].envelope.seq))
    blocks: list[Block] = []
    for number, pairs in groupby(visible[:MOST_IN_A_DIGEST], key=lambda pair: pair[1].number):
        group = list(pairs)
        subject = group[-1][1].subject
        blocks.append(Heading(mail_texts.format_ticket_subject(texts, number, subject)))
        blocks += [block for event, _ in group for block in _build_dated_blocks(event, recipient)]
        if number in recipient.links:
            link = texts.say("answer.link", number=number), recipient.links[number]
            blocks.append(LinkList((link,)))
    if len(visible) > MOST_IN_A_DIGEST:
        blocks.append(Paragraph(texts.count("more_updates", len(visible) - MOST_IN_A_DIGEST)))
    tickets = len({ticket.number for _, ticket in visible})
    organization = recipient.organization
    about = mail_texts.explain_reason(texts, organization, mail_texts.DIGEST)
    return MailDocument(
        subject=mail_texts.format_digest_subject(texts, organization, len(visible), tickets),
        blocks=tuple(blocks),
        footer=MailFooter(about, answer=texts.say("answer.digest")),
        language=texts.language,
    )


def write_survey_mail(
    number: int, subject: str, link: str, expires_at: datetime, recipient: MailRecipient
) -> MailDocument:
    """Returns the invitation to rate a resolution; `link` opens the form, and records nothing."""
    texts = recipient.texts
    labels = enumerate(texts.list_words("survey.scores"), 1)
    scores = tuple((label, f"{link}?score={score}") for score, label in labels)
    until = texts.format_moment(expires_at, recipient.zone)
    about = mail_texts.explain_reason(texts, recipient.organization, SURVEY)
    return MailDocument(
        subject=mail_texts.format_ticket_subject(texts, number, subject),
        blocks=(
            Paragraph(texts.say("survey.question", number=number)),
            LinkList(scores),
            Paragraph(texts.say("survey.lifetime", until=until)),
        ),
        footer=_build_ticket_footer(about, recipient, number),
        language=texts.language,
    )


def _carries_words(event: MailEvent, recipient: MailRecipient) -> bool:
    """Returns whether the mail brings somebody's words to whom they were written."""
    message = event.envelope.message
    is_reply = message is not UNSET and message.kind is MessageKind.REPLY
    return is_reply and event.is_for_requester(recipient)


def _build_footer(
    event: MailEvent, recipient: MailRecipient, number: int, *, carries_words: bool
) -> MailFooter:
    texts, organization = recipient.texts, recipient.organization
    if carries_words:
        name = event.envelope.actor.name
        about = texts.say("message.author", name=name, organization=organization)
    else:
        about = mail_texts.explain_reason(texts, organization, event.reason)
    return _build_ticket_footer(about, recipient, number)


def _build_ticket_footer(about: str, recipient: MailRecipient, number: int) -> MailFooter:
    """Returns the footer with the ticket's page, if the recipient has one, and how to answer."""
    texts = recipient.texts
    url = recipient.links.get(number)
    if url is None:
        key = "answer.by_mail_or_workstation" if recipient.answers else "answer.by_workstation"
        return MailFooter(about, answer=texts.say(key, number=number))
    answer = texts.say("answer.by_mail" if recipient.answers else "answer.by_link")
    return MailFooter(about, (texts.say("answer.link", number=number), url), answer)


def _build_event_blocks(
    event: MailEvent, recipient: MailRecipient, *, carries_words: bool
) -> list[Block]:
    """Returns the event, its message, and the changes of status that came with it."""
    blocks = _build_envelope_blocks(event, event.envelope, recipient, carries_words=carries_words)
    for envelope in event.then:
        if envelope.type in _RELATED_EVENT_TYPES and find_visible_ticket(envelope, recipient):
            blocks += _build_envelope_blocks(event, envelope, recipient, carries_words=False)
    return blocks


def _build_envelope_blocks(
    event: MailEvent, envelope: Envelope, recipient: MailRecipient, *, carries_words: bool
) -> list[Block]:
    """Returns one event; words stand alone, since the footer names their author."""
    texts = recipient.texts
    as_requester = event.is_for_requester(recipient)
    describe = mail_texts.describe_to_requester if as_requester else mail_texts.describe_to_agent
    blocks: list[Block] = [] if carries_words else [Paragraph(describe(texts, envelope))]
    if envelope.message is not UNSET:
        blocks += _build_message_blocks(envelope.message, recipient)
    elif envelope.type == TicketCreated.type:
        build = _build_receipt_blocks if as_requester else _build_request_blocks
        blocks += build(event, recipient)
    elif envelope.type == TicketResolved.type and as_requester:
        blocks.append(Paragraph(texts.say("requester.reopening")))
    elif envelope.type == TicketRated.type and envelope.ticket and envelope.ticket.rating:
        rating = envelope.ticket.rating
        blocks.append(Paragraph(texts.say("agent.rated", score=rating.score)))
        blocks += [Words(rating.comment)] if rating.comment else []
    return blocks


def _build_message_blocks(message: MessageView, recipient: MailRecipient) -> list[Block]:
    blocks: list[Block] = [Words(message.body)]
    if message.attachments:
        names = ", ".join(file.name for file in message.attachments)
        blocks.append(Paragraph(recipient.texts.say("message.files", names=names)))
    return blocks


def _build_receipt_blocks(event: MailEvent, recipient: MailRecipient) -> list[Block]:
    """Returns the receipt of a request: the words of the requester."""
    texts, ticket = recipient.texts, event.envelope.ticket
    quoted = _read_request(event)
    if not quoted or not ticket:
        return []
    is_own = event.envelope.actor.id == ticket.customer.id
    heading = texts.say("requester.you_wrote" if is_own else "requester.noted")
    return [Paragraph(heading), Quote(_cut_text(quoted, recipient))]


def _build_request_blocks(event: MailEvent, recipient: MailRecipient) -> list[Block]:
    """Returns the text of a new ticket, which an agent can answer by mail."""
    text = _read_request(event)
    return [Words(_cut_text(text, recipient))] if text else []


def _cut_text(text: str, recipient: MailRecipient) -> str:
    if len(text) <= QUOTE_LIMIT:
        return text
    return f"{text[:QUOTE_LIMIT].rstrip()} {recipient.texts.say('message.cut')}"


def _read_request(event: MailEvent) -> str:
    """Returns the ticket's own text and a reply that began it; a follow-up has only the reply."""
    ticket = event.envelope.ticket
    is_follow_up = ticket is not UNSET and ticket.followup_of is not None
    said = ["" if is_follow_up else event.description, *map(_read_first_reply, event.then)]
    return "\n\n".join(filter(None, said))


def _read_first_reply(envelope: Envelope) -> str:
    """Returns the requester's words, if the event is their message to the new ticket."""
    message, ticket = envelope.message, envelope.ticket
    if envelope.type != MessageAdded.type or not message or not ticket:
        return ""
    author = message.author
    is_own = author.id == ticket.customer.id and author.role not in _PROGRAMS
    return message.body if is_own else ""


def _build_dated_blocks(event: MailEvent, recipient: MailRecipient) -> list[Block]:
    written_at = recipient.texts.format_moment(event.envelope.at, recipient.zone)
    return [
        Paragraph(written_at),
        *_build_event_blocks(event, recipient, carries_words=False),
    ]
