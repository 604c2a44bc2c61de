"""The app's message handlers, each alone: no screen, no network, no app."""

import gc
import inspect
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from common.notifications import Inbox, ReadMark
from common.people import Presence
from common.tickets.claiming import ClaimTicket
from common.tickets.editing import EditTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority
from common.wire import MentionableView, Mentions, PersonRef
from tests.support.screen_bench import load_snapshot
from tests.support.tickets import view
from tui.messages.requests import (
    AppRequest,
    ChangePresence,
    LoadHistory,
    LoadTicket,
    MarkNotificationsRead,
    SearchTickets,
    SendCommand,
    SendCommands,
    ShowNotifications,
    UndoLast,
)
from tui.messages.results import (
    CommandSent,
    InboxLoaded,
    InboxMarkedRead,
    MentionableLoaded,
    RequestFailed,
    SearchResults,
)
from tui.model.context import WorkstationContext
from tui.model.drafts import Drafts
from tui.model.outbox import Outbox
from tui.model.outbox_file import OutboxFile
from tui.model.search_query import SearchScope
from tui.model.store import Store
from tui.shell.bulk_handlers import BulkHandlers
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

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.toasts: list[tuple[str, str]] = []
        self.tasks: list[BackgroundTask] = []
        self.context = WorkstationContext(Store())
        self.services = HandlerServices(self.context, self.show_toast, self.tasks.append)
        self.api = Calls()
        self.screen = Calls()

    def show_toast(self, text: str, kind: str = "plain") -> None:
        self.toasts.append((text, kind))

    def sign_in(self) -> None:
        session = SimpleNamespace(api_tasks=self.api, change_presence=self.api.change_presence)
        self.services.session = cast(AgentSession, session)

    @cached_property
    def commands(self) -> CommandHandlers:
        bulk = BulkHandlers(self.services, cast(Any, self.screen), timedelta(0))
        return CommandHandlers(self.services, cast(Any, self.screen), bulk)

    def open_outbox(self, **fields: Any) -> Outbox:
        """Knows the tickets 17, with these fields, and 18; the agent has signed in."""
        load_snapshot(self.context, view(17, **fields), view(18), user_id=102)
        self.context.drafts = Drafts("http://desk", 4821, 102, self.folder)
        self.context.outbox = outbox = Outbox(
            self.context.store, OutboxFile("http://desk", 4821, 102, self.folder)
        )
        outbox.open()
        self.commands.adopt_outbox(outbox)
        return outbox

    @property
    def loading(self) -> LoadingHandlers:
        return LoadingHandlers(self.services, *[cast(Any, self.screen)] * 3)


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(tmp_path)


def send(command: Any) -> SendCommand:
    return SendCommand(17, command, doing="Sending …", done="It is sent")


# -- commands


def test_without_a_session_a_message_stays_in_its_editor(app: App) -> None:
    app.commands.send_command(send(AddMessage(body="Hi")))
    assert app.toasts == [("Not connected.", "bad")]
    assert app.screen.made == [("message_not_sent", 17, MessageKind.REPLY, "Not connected.")]
    assert app.tasks == []


def priority_of(app: App, number: int) -> Priority:
    return app.context.store.tickets[number].priority


def test_a_command_is_done_at_once_and_can_be_undone(app: App) -> None:
    app.open_outbox()
    app.commands.send_command(send(EditTicket(priority=Priority.HIGH)))
    assert priority_of(app, 17) is Priority.HIGH
    assert app.toasts == [("It is sent · z undo", "good")]
    app.commands.undo_last(UndoLast())
    assert priority_of(app, 17) is Priority.NORMAL
    assert app.toasts[1:] == [("Taken back: #17 priority high.", "good")]
    app.commands.undo_last(UndoLast())
    assert app.toasts[2:] == [("There is nothing to take back from the last 10 s.", "plain")]


def test_commands_made_as_one_are_undone_as_one(app: App) -> None:
    app.open_outbox()
    claim, urgent = ClaimTicket(), EditTicket(priority=Priority.URGENT)
    sends = [SendCommand(number, claim, doing="", done="") for number in (17, 18)]
    sends.append(SendCommand(18, urgent, doing="", done=""))
    app.commands.send_commands(SendCommands(sends, "2 tickets are yours"))
    assert app.context.waiting_count == 3
    assert app.toasts == [("2 tickets are yours · z undo", "good")]
    app.commands.undo_last(UndoLast())
    assert app.context.waiting_count == 0
    assert [it.assignee for it in app.context.store.tickets.values()] == [None, None]


def test_a_rule_against_a_command_is_said_at_once(app: App) -> None:
    app.open_outbox(assignee=PersonRef(7, "Bo"))
    app.commands.send_command(send(ClaimTicket()))
    assert app.toasts == [("#17: Bo has #17.", "bad")]
    assert app.context.waiting_count == 0


def test_a_message_that_is_on_its_way_is_no_draft_and_comes_back_when_it_is_refused(
    app: App,
) -> None:
    outbox = app.open_outbox()
    drafts = app.context.drafts
    assert drafts
    draft = drafts.save(17, MessageKind.REPLY, "Hi")
    assert draft
    request = SendCommand(17, AddMessage(body="Hi"), doing="Sending …", done="Sent", key=draft.key)
    app.commands.send_command(request)
    assert app.toasts == [("Sending in 5 s · z undo", "good")]
    assert app.screen.made == [("message_taken", 17, MessageKind.REPLY)]
    drafts.discard(17, MessageKind.REPLY)  # as the screen does
    outbox.refuse(draft.key, "Bo wrote.", "conversation-advanced")
    back = drafts.get(17, MessageKind.REPLY)
    assert back
    assert (back.text, back.not_sent) == ("Hi", "Bo wrote.")
    assert back.key != draft.key
    assert app.toasts[1:] == [("#17: Bo wrote.", "bad")]
    assert outbox.pending.refused == []


def test_a_message_that_was_sent_says_whom_it_notified(app: App) -> None:
    outbox = app.open_outbox()
    app.commands.send_command(send(AddMessage(body="Hi")))
    (pending,) = outbox.pending
    told = Mentions((PersonRef(7, "Bo"),), ())
    app.commands.finish_command(CommandSent(pending, 9, told))
    assert app.toasts[1:] == [("It is sent · notified Bo", "good")]
    assert app.context.unread.last_seen_seq(17) == 9


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
    found = SearchResults(SCOPE, [3])
    app.loading.show_search_results(found)
    app.loading.report_failure(RequestFailed("No answer."))
    assert app.screen.made == [("load_mentionable", agents), ("show_search_results", found)]
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


def test_a_task_that_is_collected_with_others_before_it_began_is_closed() -> None:
    async def never(_: object) -> None:
        raise AssertionError

    for _ in range(2):
        circle: list[object] = []
        circle += [circle, ClosingAwaitable(never(0))]
        del circle
        gc.collect()  # a task that is not closed first is an error of the test
