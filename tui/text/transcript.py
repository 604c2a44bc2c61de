"""A ticket's conversation as plain text, to paste elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import UNSET

from common.wire import MessageView, TicketView
from tui.text import formatting
from tui.text.authorship import side_of


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
    head = [f"#{ticket.number} {ticket.subject}\n{link}\n{_state(ticket)}"]
    if ticket.description is not UNSET:
        said = f"{ticket.customer.name} opened the ticket"
        head.append(f"{_moment(ticket.created_at)}  {said}\n{ticket.description}")
    told = [_passage(message, ticket) for message in messages]
    count = len(told)
    while count > 1 and _size([*head, _GAP, *told[-count:]]) > limit:
        count -= 1
    gap = [_GAP] if has_older or count < len(told) else []
    return "\n\n".join([*head, *gap, *told[len(told) - count :]]) + "\n", count


_GAP = "[...] Older messages are left out."


def _size(parts: list[str]) -> int:
    return sum(len(part.encode()) + 2 for part in parts)


def _state(ticket: TicketView) -> str:
    owner = ticket.assignee.name if ticket.assignee else "nobody has it"
    return f"{formatting.status(ticket.status)} · {ticket.priority} · {ticket.category} · {owner}"


def _passage(message: MessageView, ticket: TicketView) -> str:
    author = message.author
    word = _WORDS[side_of(message, ticket)]
    return f"{_moment(message.created_at)}  {author.name} ({word})\n{message.body}"


_WORDS: Final = {"note": "NOTE, colleagues only", "customer": "customer", "agent": "reply"}


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M %Z}"
