"""A ticket as its page shows it: status in words, the conversation, and what may be done. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from common.people import Role
from common.tickets.channel import TicketChannel
from common.tickets.rating import may_be_rated
from common.tickets.ticket import CloseReason, Status, Ticket, WaitingOn
from common.tickets.transitions import list_allowed_statuses
from common.wire import ActorRef, AttachmentView, CustomerRef
from server.domain.languages.catalogue import Catalogue
from server.domain.time_zones import find_zone
from server.rendering.views import render_sla
from server.rest.customer_pages.page_html import PageTime, describe_time, format_page_time
from server.storage.queries.ticket.customer_tickets import CustomerPage

_DESCRIPTION_ID: Final = 0
_KILO: Final = 1000
_DECIMALS_BELOW: Final = 9.95


class FileLink(Struct, frozen=True):
    """A file of a message: its name, its size in words, and whether it is shown as an image."""

    id: int
    name: str
    size: str
    is_image: bool


class MessageBlock(Struct, frozen=True):
    """A message on the page; `is_own` where the reader wrote it, `came` says how, where known."""

    id: int
    author: str
    is_own: bool
    at: PageTime
    came: str
    text: str
    files: tuple[FileLink, ...]


class ConversationPage(Struct, frozen=True, kw_only=True):
    """Everything that the template of a ticket's page names."""

    number: int
    subject: str
    category: str
    opened: PageTime
    followup_of: int | None
    status: str
    status_words: str
    reply_due: str | None
    messages: tuple[MessageBlock, ...]
    earlier: int | None
    is_old_part: bool
    can_write: bool
    can_solve: bool
    can_rate: bool
    zone: str


def build_conversation_page(
    page: CustomerPage, texts: Catalogue, now: datetime, *, is_old_part: bool
) -> ConversationPage:
    """Returns the page of a ticket; `is_old_part` where newer messages are left out."""
    ticket, zone = page.listed.ticket, find_zone(page.settings.timezone)
    names = {it.slug: it.name for it in page.settings.categories}
    return ConversationPage(
        number=ticket.number,
        subject=ticket.subject,
        category=names.get(ticket.category, ticket.category),
        opened=format_page_time(texts, ticket.created_at, zone),
        followup_of=ticket.followup_of,
        status=texts.say(f"status.{find_status_name(ticket.status, ticket.waiting_on)}"),
        status_words=_describe_status(page, texts),
        reply_due=_describe_reply_due(page, texts, now, zone),
        messages=tuple(_build_blocks(page, texts, zone)),
        earlier=page.earlier,
        is_old_part=is_old_part,
        can_write=may_be_answered(ticket),
        can_solve=_may_solve(page),
        can_rate=_may_rate(page, now),
        zone=zone.key,
    )


def find_status_name(status: Status, waiting_on: WaitingOn) -> str:
    """Returns the name of the text for a status: unresolved, what it waits for counts more."""
    is_waiting = status in {Status.OPEN, Status.IN_PROGRESS} and waiting_on is not WaitingOn.AGENT
    return waiting_on if is_waiting else status


def may_be_answered(ticket: Ticket) -> bool:
    """Returns whether a message of the customer can lead on: not after it was closed as spam."""
    return ticket.status is not Status.CLOSED or ticket.close_reason is not CloseReason.SPAM


def _may_solve(page: CustomerPage) -> bool:
    ticket, reader = page.listed.ticket, page.reader
    is_requester = reader.id == ticket.customer_id
    return is_requester and Status.RESOLVED in list_allowed_statuses(ticket, reader)


def _may_rate(page: CustomerPage, now: datetime) -> bool:
    ticket, reader = page.listed.ticket, page.reader
    is_requester = reader.id == ticket.customer_id and reader.id != ticket.resolver_id
    return is_requester and may_be_rated(ticket, now)


def _describe_status(page: CustomerPage, texts: Catalogue) -> str:
    ticket, assignee = page.listed.ticket, page.listed.assignee
    if not may_be_answered(ticket):
        return texts.say("status.spam_words")
    name = find_status_name(ticket.status, ticket.waiting_on)
    if name != Status.IN_PROGRESS:
        return texts.say(f"status.{name}_words")
    if assignee is None:
        return texts.say("status.nobody_words")
    return texts.say("status.in_progress_words", agent=assignee.name)


def _describe_reply_due(
    page: CustomerPage, texts: Catalogue, now: datetime, zone: ZoneInfo
) -> str | None:
    """Returns by when a reply is due, where the organization shows that and it is to come."""
    ticket = page.listed.ticket
    sla = render_sla(ticket.sla)
    if not page.settings.show_response_times or sla is None or not ticket.is_unresolved:
        return None
    due = sla.first_response_due or sla.next_response_due
    if due is None or due <= now:
        return None
    return texts.say("status.reply_due", when=describe_time(texts, due, zone))


def _build_blocks(page: CustomerPage, texts: Catalogue, zone: ZoneInfo) -> Iterator[MessageBlock]:
    you = texts.say("ticket.you")
    if page.earlier is None:
        is_own = _is_reader(page.first_author or page.listed.customer, page)
        at = format_page_time(texts, page.listed.ticket.created_at, zone)
        author = you if is_own else _name_first_author(page)
        files = _list_files(page.files, texts)
        came = _describe_channel(page.listed.ticket.channel, texts)
        yield MessageBlock(_DESCRIPTION_ID, author, is_own, at, came, page.description, files)
    for message in page.messages:
        is_own = _is_reader(message.author, page)
        author = you if is_own else _name_author(message.author, page)
        at = format_page_time(texts, message.created_at, zone)
        files = _list_files(message.attachments or (), texts)
        came = _describe_channel(message.source.kind if message.source else None, texts)
        yield MessageBlock(message.id, author, is_own, at, came, message.body, files)


def _describe_channel(channel: TicketChannel | None, texts: Catalogue) -> str:
    """Returns how a text came, where it was not by a program; empty where nobody knows."""
    if channel is None or channel is TicketChannel.API:
        return ""
    return texts.say(f"channel.{channel}")


def _list_files(views: tuple[AttachmentView, ...], texts: Catalogue) -> tuple[FileLink, ...]:
    return tuple(
        FileLink(it.id, it.name, format_file_size(it.size, texts), it.is_image) for it in views
    )


def format_file_size(size: int, texts: Catalogue) -> str:
    """Returns bytes in a unit that people know; one decimal below ten of it."""
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB"):
        if amount < _KILO:
            break
        amount, unit = amount / _KILO, larger
    is_short = amount < _DECIMALS_BELOW and unit != "B"
    number = f"{amount:.1f}" if is_short else f"{amount:.0f}"
    return f"{number.replace('.', texts.say('format.decimal'))} {unit}"


def _is_reader(author: ActorRef | CustomerRef, page: CustomerPage) -> bool:
    is_key = isinstance(author, ActorRef) and author.role is Role.KEY
    return not is_key and (author.id == page.reader.id or author.id in page.merged_reader_ids)


def _name_first_author(page: CustomerPage) -> str:
    author = page.first_author
    return page.listed.customer.name if author is None else _name_author(author, page)


def _name_author(author: ActorRef, page: CustomerPage) -> str:
    """Returns the author's name; programs speak for the organization."""
    is_program = author.role in {Role.KEY, Role.SYSTEM}
    return page.settings.name if is_program else author.name
