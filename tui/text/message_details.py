"""Words for what a message is beside its text: the way it came, its files, and that it failed."""

from collections.abc import Iterator
from typing import Final

from msgspec import UNSET, UnsetType

from common.tickets.channel import TicketChannel
from common.wire import AttachmentView, MessageSource, MessageView, TicketView, UndeliveredView
from tui.text import formatting

MAIL_SIGN = "@"
FILE_SIGN = "+"
FAILURE_SIGN = "⊘"
WARNING_SIGN = "!"
_CHANNEL_WORDS: Final = {
    TicketChannel.MAIL: f"{MAIL_SIGN} by mail",
    TicketChannel.PAGE: "by page",
    TicketChannel.API: "",
    TicketChannel.PHONE: "by phone",
    TicketChannel.CHAT: "by chat",
    TicketChannel.IN_PERSON: "in person",
}


def describe_source(source: MessageSource | UnsetType) -> str:
    """Returns the way a message came in; empty where it was written at the desk or over REST."""
    if source is UNSET:
        return ""
    if source.is_doubtful:
        return f"{WARNING_SIGN} by mail, UNVERIFIED sender: anybody could have written this"
    return _CHANNEL_WORDS[source.kind]


def find_ticket_source(ticket: TicketView) -> MessageSource | UnsetType:
    """Returns the way a ticket's own text came in, as that of a message."""
    if not ticket.channel:
        return UNSET
    doubtful = ticket.sender_verified is False
    return MessageSource(ticket.channel, verified=False if doubtful else UNSET)


def describe_failure(failed: UndeliveredView) -> str:
    """Returns the refusal of a message that did not arrive."""
    return f"{FAILURE_SIGN} not delivered: {failed.error}"


def describe_attachment(attachment: AttachmentView) -> str:
    """Returns name, type and size of a file."""
    size = formatting.format_size(attachment.size)
    return f"{FILE_SIGN} {attachment.name} · {attachment.content_type} · {size}"


def list_details(message: MessageView) -> Iterator[str]:
    """Yields a line for each thing that a message is beside its text."""
    if source := describe_source(message.source):
        yield source
    if message.undelivered is not UNSET:
        yield describe_failure(message.undelivered)
    for attachment in message.attachments or ():
        yield describe_attachment(attachment)
