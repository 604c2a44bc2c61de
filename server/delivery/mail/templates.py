"""Letters: what each event says to whom. Pure; a note is in no customer's letter."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from msgspec import UNSET, Struct

from common.envelope import Envelope
from common.notifications import Reason
from common.people import Role
from common.tickets.registry import describe_event_type
from common.tickets.replying import MessageKind
from common.wire import TicketView
from server.delivery.mail.document import Block, Heading, LinkList, MailDocument, Paragraph, Quote
from server.domain.rating_links import SURVEY
from server.domain.time_zones import find_zone

MOST_IN_A_DIGEST: Final = 100
_DIGEST_REASON: Final = "digest"
_SCORE_LABELS: Final = ("1 (bad)", "2", "3", "4", "5 (good)")


class MailRecipient(Struct, frozen=True):
    """Who gets a letter: its role, its organization's name, and the zone times are told in."""

    id: int
    role: Role
    organization: str
    zone: str = "UTC"

    @property
    def is_customer(self) -> bool:
        return self.role is Role.CUSTOMER


class MailEvent(Struct, frozen=True):
    """An event, why the reader is told of it, and what the same deed brought about after it."""

    envelope: Envelope
    reason: str
    then: tuple[Envelope, ...] = ()

    def is_for_requester(self, reader: MailRecipient) -> bool:
        """Returns whether it is in a customer's words: to agents too, of what they asked for."""
        return reader.is_customer or self.reason == Reason.CUSTOMER


def write_event_mail(news: MailEvent, reader: MailRecipient) -> MailDocument | None:
    """The letter about one event; None where there is nothing that the reader may be told."""
    ticket = _visible_ticket(news.envelope, reader)
    if ticket is None:
        return None
    footer = _write_footer(reader, news.reason)
    return MailDocument(_ticket_subject(ticket), tuple(_mail_event_blocks(news, reader)), footer)


def write_digest_mail(news: Sequence[MailEvent], reader: MailRecipient) -> MailDocument | None:
    """Many events as one letter, grouped by ticket, each in the order of the log."""
    told = [
        (it, ticket) for it in news if (ticket := _visible_ticket(it.envelope, reader)) is not None
    ]
    if not told:
        return None
    told.sort(key=lambda pair: (pair[1].number, pair[0].envelope.seq))
    blocks: list[Block] = []
    for _, pairs in groupby(told[:MOST_IN_A_DIGEST], key=lambda pair: pair[1].number):
        group = list(pairs)
        blocks.append(Heading(_ticket_subject(group[-1][1])))
        blocks += [block for it, _ in group for block in _dated_blocks(it, reader)]
    if len(told) > MOST_IN_A_DIGEST:
        blocks.append(Paragraph(f"And {len(told) - MOST_IN_A_DIGEST} more."))
    tickets = len({ticket.number for _, ticket in told})
    about = f"{_format_count(len(told), 'message')} about {_format_count(tickets, 'ticket')}"
    return MailDocument(
        f"[{reader.organization}] {about}", tuple(blocks), _write_footer(reader, _DIGEST_REASON)
    )


def write_survey_mail(
    number: int, subject: str, link: str, expires_at: datetime, reader: MailRecipient
) -> MailDocument:
    """The invitation to rate a resolution; `link` opens the form, where nothing is sent yet."""
    links = tuple((label, f"{link}?score={n}") for n, label in enumerate(_SCORE_LABELS, 1))
    until = _format_time(expires_at, reader.zone)
    blocks = (
        Paragraph(f"Your ticket #{number} has been resolved. How did we do?"),
        LinkList(links),
        Paragraph(f"The link needs no password, and works until {until}."),
    )
    return MailDocument(f"[#{number}] {subject}", blocks, _write_footer(reader, SURVEY))


def _visible_ticket(envelope: Envelope, reader: MailRecipient) -> TicketView | None:
    """The event's ticket, if there is one and the event is the reader's to know."""
    ticket, message = envelope.ticket, envelope.message
    if ticket is UNSET:
        return None
    if not reader.is_customer:
        return ticket
    is_note = message is not UNSET and message.kind is not MessageKind.REPLY
    return None if is_note or ticket.customer.id != reader.id else ticket


def _ticket_subject(ticket: TicketView) -> str:
    return f"[#{ticket.number}] {ticket.subject}"


def _mail_event_blocks(news: MailEvent, reader: MailRecipient) -> list[Block]:
    """What happened, what was written with it, and what came of it at once."""
    as_requester = news.is_for_requester(reader)
    blocks = _envelope_blocks(news.envelope, as_requester=as_requester)
    for envelope in news.then:
        if envelope.type in _RELATED_EVENT_TYPES and _visible_ticket(envelope, reader) is not None:
            blocks += _envelope_blocks(envelope, as_requester=as_requester)
    return blocks


_RELATED_EVENT_TYPES: Final = frozenset({"ticket.resolved", "ticket.closed", "ticket.reopened"})
"""What a reply may do to its ticket that who reads it wants to know."""


def _envelope_blocks(envelope: Envelope, *, as_requester: bool) -> list[Block]:
    says = _describe_to_requester(envelope) if as_requester else _describe_to_agent(envelope)
    blocks: list[Block] = [Paragraph(says)]
    if envelope.message is not UNSET:
        blocks.append(Quote(envelope.message.body))
    elif envelope.type == "ticket.resolved" and as_requester:
        blocks.append(
            Paragraph("If something is missing, answer the ticket: it is taken up again.")
        )
    elif envelope.type == "ticket.rated" and envelope.ticket and envelope.ticket.rating:
        rating = envelope.ticket.rating
        blocks.append(Paragraph(f"Score: {rating.score} of 5."))
        blocks += [Quote(rating.comment)] if rating.comment else []
    return blocks


_REQUESTER_TEXTS: Final = {
    "ticket.created": "We have received your request, and answer it as soon as we can.",
    "ticket.resolved": "Your ticket has been resolved.",
    "ticket.closed": "Your ticket has been closed.",
    "ticket.reopened": "Your ticket has been taken up again.",
    "ticket.merged": "Your ticket has been joined with another one of yours.",
}
"""What a customer is told; of who did what among colleagues, the name of who looks after it."""


def _describe_to_requester(envelope: Envelope) -> str:
    if envelope.message is not UNSET:
        return f"{envelope.actor.name} wrote:"
    says = _REQUESTER_TEXTS.get(envelope.type)
    if says is not None:
        return says
    assignee = envelope.ticket.assignee if envelope.ticket else None
    if assignee is None:
        return "Your ticket has been changed."
    return f"{assignee.name} is looking after your ticket."


def _describe_to_agent(envelope: Envelope) -> str:
    if envelope.message is not UNSET:
        what = "a note" if envelope.message.kind is MessageKind.NOTE else "a reply"
        return f"{envelope.actor.name} wrote {what}:"
    why = f" ({envelope.reason})" if envelope.reason else ""
    return f"{envelope.actor.name} {describe_event_type(envelope.type)}{why}."


def _dated_blocks(news: MailEvent, reader: MailRecipient) -> list[Block]:
    return [
        Paragraph(_format_time(news.envelope.at, reader.zone)),
        *_mail_event_blocks(news, reader),
    ]


def _format_time(at: datetime, zone: str) -> str:
    return at.astimezone(find_zone(zone)).strftime("%Y-%m-%d %H:%M %Z")


def _format_count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


_REASON_TEXTS: Final = {
    Reason.MENTIONED: "You were mentioned.",
    Reason.ASSIGNED: "The ticket became yours.",
    Reason.UNASSIGNED: "The ticket was yours.",
    Reason.MINE: "The ticket is yours.",
    Reason.CUSTOMER: "The ticket is yours.",
    Reason.FOLLOWED: "You follow the ticket.",
    Reason.TEAM: "The ticket is anybody's.",
    Reason.SUPERVISOR: "Supervisors are told of this.",
    _DIGEST_REASON: "You asked for your notices together.",
    SURVEY: "You are asked once for each time that a ticket of yours is resolved.",
}
"""Why one is told, by what a mail is owed for."""


def _write_footer(reader: MailRecipient, reason: str) -> str:
    why = _REASON_TEXTS.get(reason, "The ticket concerns you.")
    return f"{reader.organization}. {why} This address is not read: answer in the ticket."
