"""Decides for which keys a ticket gives a reason: it has files, a mail, a merge to undo."""

from collections.abc import Callable, Sequence
from typing import Final

from common.tickets.channel import TicketChannel
from common.wire import MessageView, TicketView
from tui.keys import KeyBinding
from tui.model.choices import came_by_mail
from tui.model.store import Store

_Occasion = Callable[[TicketView, Sequence[MessageView]], bool]


def is_key_occasional(key: KeyBinding) -> bool:
    """Returns whether a key is of use for some tickets only."""
    return key.action in _OCCASIONS


def is_key_relevant(key: KeyBinding, ticket: TicketView | None, store: Store) -> bool:
    """Returns whether the ticket, as far as it is loaded, has what the key is for."""
    occasion = _OCCASIONS.get(key.action)
    if occasion is None:
        return True
    return ticket is not None and occasion(ticket, store.list_messages(ticket.number))


def _has_files(ticket: TicketView, messages: Sequence[MessageView]) -> bool:
    return bool(ticket.attachments) or any(message.attachments for message in messages)


def _has_mail(ticket: TicketView, messages: Sequence[MessageView]) -> bool:
    return ticket.channel is TicketChannel.MAIL or any(map(came_by_mail, messages))


def _is_merged(ticket: TicketView, _messages: Sequence[MessageView]) -> bool:
    return bool(ticket.merged_into)


_OCCASIONS: Final[dict[str, _Occasion]] = {
    "verb('unmerge')": _is_merged,
    "quoted": _has_mail,
    "original": _has_mail,
    "save_file": _has_files,
}
