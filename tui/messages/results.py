"""What became of what was asked, as messages to the app."""

from textual.message import Message

from common.notifications import Inbox, ReadMark
from common.wire import MentionableView, Mentions
from tui.messages.requests import SendCommand
from tui.model.search_query import SearchScope


class RequestResult(Message):
    """The end of an errand."""


class CommandSent(RequestResult):
    """A command was carried out; `seq` is the last event known to be its own.

    `mentions` says who was told of a message because it names them.
    """

    def __init__(self, send: SendCommand, seq: int, mentions: Mentions | None = None) -> None:
        super().__init__()
        self.send, self.seq, self.mentions = send, seq, mentions


class CommandFailed(RequestResult):
    """A command was refused (`slug` says how), or nobody knows what became of it (no slug).

    `read_up_to` is the newest message that the refusal brought.
    """

    def __init__(self, send: SendCommand, sentence: str, slug: str, read_up_to: int = 0) -> None:
        super().__init__()
        self.send, self.sentence, self.slug, self.read_up_to = send, sentence, slug, read_up_to


class SearchResults(RequestResult):
    """What the server's search found."""

    def __init__(self, scope: SearchScope, numbers: list[int]) -> None:
        super().__init__()
        self.scope, self.numbers = scope, numbers


class InboxLoaded(RequestResult):
    """What the agent's inbox holds now."""

    def __init__(self, inbox: Inbox) -> None:
        super().__init__()
        self.inbox = inbox


class MentionableLoaded(RequestResult):
    """The agents whom a message can name."""

    def __init__(self, agents: list[MentionableView]) -> None:
        super().__init__()
        self.agents = agents


class InboxMarkedRead(RequestResult):
    """Up to where the agent has read."""

    def __init__(self, mark: ReadMark) -> None:
        super().__init__()
        self.mark = mark


class RequestFailed(RequestResult):
    """Something could not be fetched."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence
