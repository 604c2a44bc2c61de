"""Results of requests, as messages to the app."""

from pathlib import Path
from typing import Any

from textual.message import Message

from common.bulk import BulkResult
from common.macros import MacroView
from common.notifications import Inbox, ReadMark
from common.saved_views import SavedView
from common.tickets.replying import MessageKind
from common.watching import WatchView
from common.wire import AttachmentView, MentionableView, Mentions
from tui.messages.requests import CallEndpoint, RunBulk
from tui.model.pending_commands import PendingCommand
from tui.model.search_query import SearchScope


class RequestResult(Message):
    """The result of a request."""


class CommandSent(RequestResult):
    """A command was carried out; `seq` is the last event known to be its own.

    `mentions` lists the people who were notified because a message names them.
    """

    def __init__(self, pending: PendingCommand, seq: int, mentions: Mentions | None = None) -> None:
        super().__init__()
        self.pending, self.seq, self.mentions = pending, seq, mentions


class BulkProgress(RequestResult):
    """A part of a bulk change is done: so many tickets so far."""

    def __init__(self, request: RunBulk, done: int) -> None:
        super().__init__()
        self.request, self.done = request, done


class BulkFinished(RequestResult):
    """A bulk change is over, with a result for each ticket."""

    def __init__(self, request: RunBulk, results: list[BulkResult]) -> None:
        super().__init__()
        self.request, self.results = request, results


class WatchReceived(RequestResult):
    """A colleague looks at a ticket, writes to it, or has left it."""

    def __init__(self, watch: WatchView) -> None:
        super().__init__()
        self.watch = watch


class DraftReceived(RequestResult):
    """A draft is as another terminal left it; `before` is the text that it had here.

    `kind` None: the drafts of the ticket went to the one that it was merged into.
    """

    def __init__(self, number: int, kind: MessageKind | None, before: str = "") -> None:
        super().__init__()
        self.number, self.kind, self.before = number, kind, before


class CallAnswered(RequestResult):
    """An endpoint was called, with this answer."""

    def __init__(self, call: CallEndpoint, answer: Any) -> None:
        super().__init__()
        self.call, self.answer = call, answer


class FileSaved(RequestResult):
    """A file was saved; with `opens` it is to be opened."""

    def __init__(self, attachment: AttachmentView, path: Path, *, opens: bool) -> None:
        super().__init__()
        self.attachment, self.path, self.opens = attachment, path, opens


class SearchResults(RequestResult):
    """The tickets that a search found, the newest first; there may be more of them."""

    def __init__(self, scope: SearchScope, numbers: list[int], *, has_more: bool = False) -> None:
        super().__init__()
        self.scope, self.numbers, self.has_more = scope, numbers, has_more


class InboxLoaded(RequestResult):
    """The agent's inbox as the server has it now."""

    def __init__(self, inbox: Inbox) -> None:
        super().__init__()
        self.inbox = inbox


class MentionableLoaded(RequestResult):
    """The agents whom a message can mention."""

    def __init__(self, agents: list[MentionableView]) -> None:
        super().__init__()
        self.agents = agents


class MacrosLoaded(RequestResult):
    """The macros that this agent can use."""

    def __init__(self, macros: list[MacroView]) -> None:
        super().__init__()
        self.macros = macros


class ViewsLoaded(RequestResult):
    """The saved views of everybody, and the agent's own."""

    def __init__(self, views: list[SavedView]) -> None:
        super().__init__()
        self.views = views


class InboxMarkedRead(RequestResult):
    """The point up to which the agent has read its inbox."""

    def __init__(self, mark: ReadMark) -> None:
        super().__init__()
        self.mark = mark


class RequestFailed(RequestResult):
    """A request could not be answered; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence
