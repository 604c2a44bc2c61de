"""A ticket's conversation as plain text, to paste elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import UNSET

from common.wire import MessageView, TicketView
from tui.text import formatting, message_details
from tui.text.authorship import find_author_side


def write_transcript(
    ticket: TicketView,
    messages: Sequence[MessageView],
    *,
    link: str,
    has_older: bool,
    limit: int,
) -> tuple[str, int]:
    """Returns the text, and how many of the messages, the newest, are in it.

    It has at most `limit` bytes unless head and newest message alone have more.
    """
    head = [f"#{ticket.number} {ticket.subject}\n{link}\n{_state_line(ticket)}"]
    if ticket.description is not UNSET:
        said = f"{ticket.customer.name} opened the ticket"
        files = [message_details.describe_attachment(it) for it in ticket.attachments or ()]
        opening = f"{_format_time(ticket.created_at)}  {said}\n{ticket.description}"
        head.append("\n".join([opening, *files]))
    entries = [_format_message(message, ticket) for message in messages]
    count = len(entries)
    while count > 1 and _byte_size([*head, _GAP_LINE, *entries[-count:]]) > limit:
        count -= 1
    gap = [_GAP_LINE] if has_older or count < len(entries) else []
    return "\n\n".join([*head, *gap, *entries[len(entries) - count :]]) + "\n", count


_GAP_LINE = "[...] Older messages are left out."


def _byte_size(parts: list[str]) -> int:
    return sum(len(part.encode()) + 2 for part in parts)


def _state_line(ticket: TicketView) -> str:
    owner = ticket.assignee.name if ticket.assignee else "nobody has it"
    status = formatting.format_status(ticket.status)
    return f"{status} · {ticket.priority} · {ticket.category} · {owner}"


def _format_message(message: MessageView, ticket: TicketView) -> str:
    author = message.author
    word = _WORDS[find_author_side(message, ticket)]
    said = f"{_format_time(message.created_at)}  {author.name} ({word})\n{message.body}"
    return "\n".join([said, *message_details.list_details(message)])


_WORDS: Final = {"note": "NOTE, colleagues only", "customer": "customer", "agent": "reply"}


def _format_time(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M %Z}"
