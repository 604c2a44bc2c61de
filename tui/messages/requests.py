"""Requests of screens to the app, as messages: screens know commands, never the network."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from msgspec import Struct
from textual.message import Message
from textual.message_pump import MessagePump

from common.endpoint import Endpoint
from common.people import Presence
from common.ticket_columns import ListOrder
from common.tickets.registry import Command
from common.watching import WatchTicket
from common.wire import AttachmentView
from tui.model.queues import ListSource
from tui.model.search_query import SearchScope

MAX_COPY_BYTES: Final = 74_994
"""Bytes of text: more makes more than the 100,000 bytes of OSC 52 that all terminals take."""


class AppRequest(Message):
    """A request of the agent; it bubbles up to the app."""


class SendCommand(AppRequest):
    """Asks to send a command to a ticket. `doing` and `done` are the toasts before and after.

    A message may have files; without `has_text` its text is only their names.
    """

    def __init__(
        self,
        number: int,
        command: Command,
        *,
        doing: str,
        done: str,
        key: str | None = None,
        files: tuple[Path, ...] = (),
        has_text: bool = True,
    ) -> None:
        super().__init__()
        self.number, self.command, self.key = number, command, key
        self.doing, self.done = doing, done
        self.files, self.has_text = files, has_text


class ReportWatch(AppRequest):
    """Asks to tell colleagues that the agent looks at a ticket, writes to it, or has left it."""

    def __init__(self, number: int, command: WatchTicket) -> None:
        super().__init__()
        self.number, self.command = number, command


class CheckDrafts(AppRequest):
    """Asks to compare the drafts to a ticket with the server's."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class OpenLink(AppRequest):
    """Asks to open a web address on the agent's desktop."""

    def __init__(self, link: str) -> None:
        super().__init__()
        self.link = link


class EditText(AppRequest):
    """Asks to edit a text in the agent's own editor; `then` gets the text afterwards."""

    def __init__(self, text: str, then: Callable[[str], None]) -> None:
        super().__init__()
        self.text, self.then = text, then


class RunBulk(AppRequest):
    """Asks to run commands on many tickets; `doing` and `done` are words before and after."""

    def __init__(
        self,
        jobs: list[tuple[Command, list[int]]],
        *,
        doing: str,
        done: str,
        is_undo: bool = False,
    ) -> None:
        super().__init__()
        self.jobs, self.doing, self.done, self.is_undo = jobs, doing, done, is_undo

    @property
    def total(self) -> int:
        return sum(len(numbers) for _, numbers in self.jobs)


class UndoBulk(AppRequest):
    """Asks to undo the last bulk change."""


class SendCommands(AppRequest):
    """Asks to send several commands as one, which are undone as one. `done` says so."""

    def __init__(self, sends: Sequence[SendCommand], done: str) -> None:
        super().__init__()
        self.sends, self.done = tuple(sends), done


class UndoLast(AppRequest):
    """Asks to take back what the agent did last, if it was a moment ago."""


class WithdrawCommand(AppRequest):
    """Asks to take back a command that waits in the outbox."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class DismissRefusals(AppRequest):
    """Asks to put refusals aside that the agent has read."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__()
        self.keys = keys


class CallEndpoint(AppRequest):
    """Asks to call an endpoint; `then` gets the answer.

    `doing` and `done` are the toasts before and after; empty ones are left out. `missing` is the
    one of a 404.
    """

    rereads = False
    """True: it is called once more after the same that is under way, see `build_reread`."""

    def __init__(
        self,
        endpoint: Endpoint,
        path: Mapping[str, int] | None = None,
        *,
        body: Struct | None = None,
        query: Struct | None = None,
        doing: str = "",
        done: str = "",
        missing: str = "",
        then: Callable[[Any], None] | None = None,
    ) -> None:
        super().__init__()
        self.endpoint, self.path, self.body, self.query = endpoint, dict(path or {}), body, query
        self.doing, self.done, self.missing, self.then = doing, done, missing, then

    @classmethod
    def build_reread(
        cls,
        endpoint: Endpoint,
        path: Mapping[str, int] | None = None,
        *,
        query: Struct | None = None,
        then: Callable[[Any], None],
    ) -> Self:
        """Returns a call for a list after a change of it.

        The same call that is under way may have been answered before the change.
        """
        call = cls(endpoint, path, query=query, then=then)
        call.rereads = True
        return call

    @property
    def name(self) -> tuple[Any, ...]:
        """A value that is equal for requests that ask for the same."""
        return self.endpoint.name, *self.path.items(), repr(self.body), repr(self.query)


class SaveAttachment(AppRequest):
    """Asks to save a file of a message at a path."""

    def __init__(self, attachment: AttachmentView, path: Path) -> None:
        super().__init__()
        self.attachment, self.path = attachment, path


class OpenAttachment(AppRequest):
    """Asks to open a file of a message with the program that the desktop has for it."""

    def __init__(self, attachment: AttachmentView) -> None:
        super().__init__()
        self.attachment = attachment


class ShowToast(AppRequest):
    """Asks to show a sentence on the toast line."""

    def __init__(self, text: str, kind: str = "plain") -> None:
        super().__init__()
        self.text, self.kind = text, kind


class CopyText(AppRequest):
    """Asks to copy a text into the terminal's clipboard; `what` is its name."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__()
        self.text, self.what = text, what


class RefuseInput(AppRequest):
    """Explains why a text field or a picker does not open; what is typed on is dropped."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class ChangePresence(AppRequest):
    """Asks to change the agent's presence."""

    def __init__(self, presence: Presence) -> None:
        super().__init__()
        self.presence = presence


class MarkNotificationsRead(AppRequest):
    """Asks to mark all notifications up to this id as read."""

    def __init__(self, up_to: int) -> None:
        super().__init__()
        self.up_to = up_to


class ShowNotifications(AppRequest):
    """Asks to show the agent's notifications."""


class LoadTicket(AppRequest):
    """Asks to load a ticket's description and newest messages."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class LoadOlderMessages(LoadTicket):
    """Asks to load the next older messages of a conversation."""


class LoadMentionable(AppRequest):
    """Asks to load the colleagues who can be mentioned, with their handles."""


class LoadMacros(AppRequest):
    """Asks to load the macros that this agent can use."""


class LoadViews(AppRequest):
    """Asks to load the saved views, with the numbers of their tickets."""


class ShowMacros(AppRequest):
    """Asks to show the macros, to change them."""


class LoadHistory(LoadTicket):
    """Asks to load a ticket's history."""


class ShowTicket(LoadTicket):
    """Asks to open a ticket on its own screen; with `compose`, to start writing at once.

    `text` is what was typed of it already. `order` is the list that it is in, where that is not the
    queue.
    """

    def __init__(
        self, number: int, compose: str = "", text: str = "", order: list[int] | None = None
    ) -> None:
        super().__init__(number)
        self.compose, self.text, self.order = compose, text, order


class LoadMoreTickets(AppRequest):
    """Asks to load the list's next page in an order."""

    def __init__(self, source: ListSource, order: ListOrder) -> None:
        super().__init__()
        self.source, self.order = source, order


class SearchTickets(AppRequest):
    """Asks to search the server's full text."""

    def __init__(self, scope: SearchScope) -> None:
        super().__init__()
        self.scope = scope


class FiguresRequest(AppRequest):
    """Asks the server for figures; the answer is a message to `asker`."""

    asker: MessagePump


class SignIn(AppRequest):
    """Asks to sign in with what was typed, or with a session's token that was kept."""

    def __init__(
        self, server: str, org: int, email: str, password: str, token: str | None = None
    ) -> None:
        super().__init__()
        self.server, self.org, self.email, self.password = server, org, email, password
        self.token = token
