"""The app's message handlers, each alone: no screen, no network, no app."""

import inspect
from types import SimpleNamespace
from typing import Any, cast

import pytest

from common.notifications import Inbox, ReadMark
from common.people import Presence
from common.tickets.claiming import ClaimTicket
from common.tickets.replying import AddMessage, MessageKind
from common.wire import MentionableView
from tui.messages.requests import (
    AppRequest,
    ChangePresence,
    LoadHistory,
    LoadTicket,
    MarkNotificationsRead,
    SearchTickets,
    SendCommand,
    ShowNotifications,
)
from tui.messages.results import (
    CommandFailed,
    CommandSent,
    InboxLoaded,
    InboxMarkedRead,
    MentionableLoaded,
    RequestFailed,
    SearchResults,
)
from tui.model.context import WorkstationContext
from tui.model.search_query import SearchScope
from tui.model.store import Store
from tui.shell.command_handlers import CommandHandlers
from tui.shell.inbox_handlers import InboxHandlers
from tui.shell.loading_handlers import LoadingHandlers
from tui.shell.message_router import MessageRouter
from tui.shell.services import BackgroundTask, ClosingAwaitable, HandlerServices
from tui.shell.session import AgentSession

SCOPE = SearchScope("vpn", ())


class Calls:
    """Stands for any object: notes which of its methods are called with what."""

    def __init__(self) -> None:
        self.made: list[tuple[Any, ...]] = []
        self.answer: object = None

    def __getattr__(self, name: str) -> Any:
        def called(*args: Any, **named: Any) -> object:
            self.made.append((name, *args, *named.values()))
            return self.answer

        return called


class App:
    """Stands in for the app that handlers see: toasts and tasks are lists."""

    def __init__(self) -> None:
        self.toasts: list[tuple[str, str]] = []
        self.tasks: list[BackgroundTask] = []
        self.context = WorkstationContext(Store())
        self.services = HandlerServices(self.context, self.show_toast, self.tasks.append)
        self.api = Calls()
        self.screen = Calls()
        self.keys = SimpleNamespace(is_typing_on=False, swallow_burst=self.swallowed)
        self.reasons: list[str] = []

    def show_toast(self, text: str, kind: str = "plain") -> None:
        self.toasts.append((text, kind))

    def swallowed(self, reason: str) -> None:
        self.reasons.append(reason)

    def sign_in(self) -> None:
        session = SimpleNamespace(api_tasks=self.api, change_presence=self.api.change_presence)
        self.services.session = cast(AgentSession, session)

    @property
    def commands(self) -> CommandHandlers:
        return CommandHandlers(self.services, cast(Any, self.screen), self.keys)

    @property
    def loading(self) -> LoadingHandlers:
        return LoadingHandlers(self.services, *[cast(Any, self.screen)] * 3)


@pytest.fixture
def app() -> App:
    return App()


def send(command: Any) -> SendCommand:
    return SendCommand(17, command, doing="Sending …", done="It is sent")


# -- commands


def test_without_a_session_a_message_stays_in_its_editor(app: App) -> None:
    app.commands.send_command(send(AddMessage(body="Hi")))
    assert app.toasts == [("Not connected.", "bad")]
    assert app.screen.made == [("message_not_sent", 17, MessageKind.REPLY, "Not connected.")]
    assert app.tasks == []


def test_a_command_is_sent_once(app: App) -> None:
    app.sign_in()
    app.api.answer = task = cast(Any, object())
    app.commands.send_command(send(ClaimTicket()))
    app.api.answer = None  # the same is under way
    app.commands.send_command(send(ClaimTicket()))
    assert app.tasks == [task]
    assert app.toasts == [("Sending …", "dim"), ("This is being sent already.", "dim")]


def test_a_sent_message_closes_its_editor_and_words_typed_on_are_dropped(app: App) -> None:
    request = send(AddMessage(body="Hi"))
    app.context.unread.begin_command(17)
    app.keys.is_typing_on = True
    app.commands.finish_command(CommandSent(request, 9))
    assert app.screen.made == [("message_sent", 17, MessageKind.REPLY)]
    assert app.reasons == ["It is sent."]
    assert app.toasts == [("It is sent", "good")]
    assert app.context.unread.last_seen_seq(17) == 9


def test_a_failed_command_says_why(app: App) -> None:
    app.context.unread.begin_command(17)
    app.commands.report_failure(CommandFailed(send(ClaimTicket()), "Bo has it already.", "x"))
    assert app.toasts == [("#17: Bo has it already.", "bad")]
    assert app.screen.made == []


def test_a_chosen_presence_goes_to_the_session(app: App) -> None:
    app.commands.change_presence(ChangePresence(Presence.BUSY))
    app.sign_in()
    app.commands.change_presence(ChangePresence(Presence.AWAY))
    assert app.api.made == [("change_presence", Presence.AWAY)]


# -- loading


def test_without_a_session_nothing_is_loaded(app: App) -> None:
    app.loading.load_ticket(LoadTicket(17))
    app.loading.search_tickets(SearchTickets(SCOPE))
    assert (app.tasks, app.toasts) == ([], [])


def test_what_a_screen_wants_is_asked_of_the_session(app: App) -> None:
    app.sign_in()
    app.loading.load_ticket(LoadTicket(17))
    app.loading.search_tickets(SearchTickets(SCOPE))
    assert app.api.made == [("load_ticket", 17), ("search_tickets", SCOPE)]
    assert app.toasts == [("Searching for “vpn” …", "dim")]


def test_results_go_to_the_screen_that_shows_them(app: App) -> None:
    agents: list[MentionableView] = []
    app.loading.show_mentionable(MentionableLoaded(agents))
    app.loading.show_search_results(SearchResults(SCOPE, [3]))
    app.loading.report_failure(RequestFailed("No answer."))
    assert app.screen.made == [("load_mentionable", agents), ("show_search_results", SCOPE, [3])]
    assert app.toasts == [("", "plain"), ("No answer.", "bad")]


# -- the inbox


def test_the_inbox_of_the_context_follows_the_server(app: App) -> None:
    shown: list[int] = []
    handlers = InboxHandlers(app.services, lambda: shown.append(app.context.inbox.unread))
    handlers.update_inbox(InboxLoaded(Inbox([], None, 0, 3)))
    handlers.update_read_mark(InboxMarkedRead(ReadMark(up_to=9, unread=2)))
    assert shown == [3, 2]
    app.sign_in()
    handlers.mark_read(MarkNotificationsRead(9))
    assert app.api.made == [("mark_notifications_read", 9)]


# -- the router


async def test_a_message_goes_to_the_handler_of_its_nearest_class() -> None:
    handled: list[str] = []

    async def load_history(_request: LoadHistory) -> None:
        handled.append("history")

    router = MessageRouter(
        {LoadTicket: lambda _request: handled.append("ticket")}, {LoadHistory: load_history}
    )
    for message in (LoadTicket(1), LoadHistory(1), ShowNotifications()):
        await router.handle_message(message)
    assert handled == ["ticket", "history"]


def test_two_handlers_of_one_message_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="handled twice"):
        MessageRouter({AppRequest: print}, {AppRequest: print})


def test_a_task_that_is_dropped_before_it_began_is_closed() -> None:
    async def never() -> None:
        raise AssertionError

    task = never()
    dropped = ClosingAwaitable(task)
    del dropped
    assert inspect.getcoroutinestate(task) == inspect.CORO_CLOSED
