"""What screens ask of the app, as messages: they know the commands, never the wire."""

from typing import Final

from textual.message import Message
from textual.message_pump import MessagePump

from common.people import Presence
from common.tickets.registry import Command
from tui.model.queues import Tab
from tui.model.search_query import SearchScope

MAX_COPY_BYTES: Final = 74_994
"""Bytes of text: more makes more than the 100,000 bytes of OSC 52 that all terminals take."""


class AppRequest(Message):
    """Something the agent wants; it bubbles up to the app."""


class SendCommand(AppRequest):
    """Send a command to a ticket. `doing` and `done` are the toasts before and after."""

    def __init__(
        self, number: int, command: Command, *, doing: str, done: str, key: str | None = None
    ) -> None:
        super().__init__()
        self.number, self.command, self.key = number, command, key
        self.doing, self.done = doing, done


class ShowToast(AppRequest):
    """Show a sentence on the toast line."""

    def __init__(self, text: str, kind: str = "plain") -> None:
        super().__init__()
        self.text, self.kind = text, kind


class CopyText(AppRequest):
    """Copy a text into the terminal's clipboard; `what` is its name."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__()
        self.text, self.what = text, what


class RefuseInput(AppRequest):
    """Say why a text field or a choice does not open; what is typed on goes nowhere."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class ChangePresence(AppRequest):
    """Say where the agent is."""

    def __init__(self, presence: Presence) -> None:
        super().__init__()
        self.presence = presence


class MarkNotificationsRead(AppRequest):
    """Everything that was told up to this notice has been read."""

    def __init__(self, up_to: int) -> None:
        super().__init__()
        self.up_to = up_to


class ShowNotifications(AppRequest):
    """Show what the agent was told."""


class LoadTicket(AppRequest):
    """Load a ticket's description and newest messages."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class LoadOlderMessages(LoadTicket):
    """Load the next older messages of a conversation."""


class LoadMentionable(AppRequest):
    """Load by what handles colleagues can be mentioned."""


class LoadHistory(LoadTicket):
    """Load what happened to a ticket beside its messages."""


class ShowTicket(LoadTicket):
    """Open a ticket on its own screen; with `compose`, start writing at once.

    `order` is the list it stands in, where that is not the queue.
    """

    def __init__(self, number: int, compose: str = "", order: list[int] | None = None) -> None:
        super().__init__(number)
        self.compose, self.order = compose, order


class LoadMoreTickets(AppRequest):
    """Load the tab's next page."""

    def __init__(self, tab: Tab) -> None:
        super().__init__()
        self.tab = tab


class SearchTickets(AppRequest):
    """Search the server's full text."""

    def __init__(self, scope: SearchScope) -> None:
        super().__init__()
        self.scope = scope


class FiguresRequest(AppRequest):
    """Ask the server for figures; the answer is a message to the screen that asks."""

    asker: MessagePump


class SignIn(AppRequest):
    """Sign in with what was typed."""

    def __init__(self, server: str, org: int, email: str, password: str) -> None:
        super().__init__()
        self.server, self.org, self.email, self.password = server, org, email, password
