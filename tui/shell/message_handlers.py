"""Between screens and network: intents become errands, outcomes come back as toasts.

Part of the app, apart from its lifecycle.
"""

import os
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from textual import on
from textual.worker import Worker, WorkerState

from common.tickets.replying import AddMessage
from tui.messages.requests import (
    ChangePresence,
    CopyText,
    LoadHistory,
    LoadMentionable,
    LoadMoreTickets,
    LoadOlderMessages,
    LoadTicket,
    MarkNotificationsRead,
    RefuseInput,
    SearchTickets,
    SendCommand,
    ShowNotifications,
    ShowTicket,
    ShowToast,
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
from tui.model import inbox, mention_hints
from tui.model.context import WorkstationContext
from tui.screens.desk_screen import DeskScreen
from tui.screens.notifications_screen import NotificationsScreen
from tui.screens.queue_screen import QueueScreen
from tui.screens.ticket_screen import TicketScreen
from tui.shell.clipboard import Clipboard
from tui.shell.key_burst import KeyBurst
from tui.shell.key_queue import KeyQueueApp

if TYPE_CHECKING:
    # The network's libraries are imported after the first paint.
    from tui.shell.session import AgentSession


class MessageHandlers(KeyQueueApp):
    """An app whose screens ask by messages; it holds the session, and no truth."""

    def __init__(self, station: WorkstationContext, *, ansi_color: bool | None) -> None:
        super().__init__(ansi_color=ansi_color)
        self.station = station
        self.queue = QueueScreen(station)
        self.ticket = TicketScreen(station)
        self.notices = NotificationsScreen(station)
        self.session: AgentSession | None = None
        self._copier = Clipboard(os.environ, self._write_to_terminal, self.show_toast)

    @property
    def desk_screen(self) -> DeskScreen | None:
        """The working screen in sight, be it under a question."""
        stack = reversed(self.screen_stack)
        return next((screen for screen in stack if isinstance(screen, DeskScreen)), None)

    def show_toast(self, text: str, kind: str = "plain") -> None:
        """Show a sentence on the toast line of the screen in sight."""
        if self.desk_screen is not None:
            self.desk_screen.toast.show_message(text, kind)

    def copy_to_clipboard(self, text: str) -> None:
        """Copies what is selected: here Textual's own ctrl+c and ctrl+x end."""
        self._clipboard = text  # ctrl+v pastes it
        self.run_task(self._copier.copy_text(text))

    def _write_to_terminal(self, sequences: str) -> None:
        if self._driver is not None:
            self._driver.write(sequences)

    # -- intents

    @on(CopyText)
    def _copy_text(self, intent: CopyText) -> None:
        self.run_task(self._copier.copy_text(intent.text, intent.what))

    @on(ShowToast)
    def _show_requested_toast(self, intent: ShowToast) -> None:
        self.show_toast(intent.text, intent.kind)

    @on(RefuseInput)
    def _refuse_input(self, intent: RefuseInput) -> None:
        self.swallow_burst(intent.reason)
        self.show_toast(intent.reason, "bad")

    def report_swallowed_keys(self, burst: KeyBurst) -> None:
        """Says that what was typed has not been taken."""
        self.show_toast(f"What you typed is not taken. {burst.reason}", "bad")

    @on(ShowTicket)
    async def _show_ticket(self, intent: ShowTicket) -> None:
        await self._bring_to_top(self.ticket, "ticket")
        order = intent.order
        if order is None:
            order = [ticket.number for ticket in self.queue.table.rows.tickets]
        self.ticket.show_ticket(intent.number, order)
        if intent.compose:
            self.ticket.action_verb(intent.compose)

    @on(ShowNotifications)
    async def _show_notifications(self, _intent: ShowNotifications) -> None:
        await self._bring_to_top(self.notices, "notices")

    async def _bring_to_top(self, screen: DeskScreen, name: str) -> None:
        """Bring a screen to the top; each stands in the stack once."""
        if screen not in self.screen_stack:
            await self.push_screen(name)
        while self.screen is not screen:
            await self.pop_screen()

    @on(MarkNotificationsRead)
    def _mark_notifications_read(self, intent: MarkNotificationsRead) -> None:
        if self.session is not None:
            self.run_task(self.session.api_tasks.mark_notifications_read(intent.up_to))

    @on(SendCommand)
    def _send_command(self, intent: SendCommand) -> None:
        work = self.session.api_tasks.send_command(intent) if self.session else None
        if work is None:
            self.show_toast(
                "That is under way already." if self.session else "Not connected.", "dim"
            )
            if self.session is None and isinstance(intent.command, AddMessage):
                self.ticket.message_not_sent(intent.number, intent.command.kind, "Not connected.")
            return
        self.station.unread.begin_command(intent.number)
        self.show_toast(intent.doing, "dim")
        self.run_task(work)

    @on(ChangePresence)
    def _change_presence(self, intent: ChangePresence) -> None:
        if self.session is not None:
            self.run_task(self.session.change_presence(intent.presence))

    def record_activity(self) -> None:
        """The agent is at the keyboard."""
        if self.session is not None:
            self.session.record_activity()

    @on(LoadTicket)
    def _load_ticket(self, intent: LoadTicket) -> None:
        if self.session is not None and type(intent) is LoadTicket:
            self.run_task(self.session.api_tasks.load_ticket(intent.number))

    @on(LoadOlderMessages)
    def _load_older_messages(self, intent: LoadOlderMessages) -> None:
        if self.session is not None:
            self.run_task(self.session.api_tasks.load_older_messages(intent.number))

    @on(LoadHistory)
    def _load_history(self, intent: LoadHistory) -> None:
        if self.session is not None:
            self.run_task(self.session.api_tasks.load_history(intent.number))

    @on(LoadMentionable)
    def _load_mentionable(self, _intent: LoadMentionable) -> None:
        if self.session is not None:
            self.run_task(self.session.api_tasks.load_mentionable())

    @on(LoadMoreTickets)
    def _load_more_tickets(self, intent: LoadMoreTickets) -> None:
        if self.session is not None:
            self.run_task(self.session.api_tasks.load_more_tickets(intent.tab))

    @on(SearchTickets)
    def _search_tickets(self, intent: SearchTickets) -> None:
        if self.session is not None:
            self.show_toast(f"Searching for “{intent.scope.words}” …", "dim")
            self.run_task(self.session.api_tasks.search_tickets(intent.scope))

    def run_task(self, work: Coroutine[Any, Any, None] | None) -> None:
        """Never exclusive: a second wish must not cancel the first one's sending."""
        if work is not None:
            self.run_worker(work, exit_on_error=False)

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        """A fault of ours is said, not swallowed; what one types and sees stays."""
        if event.state is WorkerState.ERROR:
            self.show_toast(f"A fault in this program: {event.worker.error!r}", "bad")

    # -- outcomes

    @on(CommandSent)
    def _finish_command(self, outcome: CommandSent) -> None:
        send = outcome.send
        self.station.unread.end_command(send.number, outcome.seq)
        if isinstance(send.command, AddMessage):
            self.ticket.message_sent(send.number, send.command.kind)
            if self.is_typing_on:
                self.swallow_burst(f"{send.done}.")
        told, is_well = mention_hints.describe_notified(outcome.mentions)
        self.show_toast(send.done + told, "good" if is_well else "warn")

    @on(CommandFailed)
    def _report_failed_command(self, outcome: CommandFailed) -> None:
        send = outcome.send
        self.station.unread.end_command(send.number, None)
        self.show_toast(f"#{send.number}: {outcome.sentence}", "bad")
        if isinstance(send.command, AddMessage):
            self.ticket.message_not_sent(
                send.number,
                send.command.kind,
                outcome.sentence,
                slug=outcome.slug,
                read_up_to=outcome.read_up_to,
            )

    @on(MentionableLoaded)
    def _update_mentionable(self, outcome: MentionableLoaded) -> None:
        self.ticket.directory.load_handles(outcome.agents)
        self.ticket.composer.show_mentions()

    @on(SearchResults)
    def _show_search_results(self, outcome: SearchResults) -> None:
        self.queue.show_search_results(outcome.scope, outcome.numbers)
        self.show_toast("")

    @on(InboxLoaded)
    def _update_inbox(self, outcome: InboxLoaded) -> None:
        calling = self.station.inbox.load_page(outcome.inbox)
        if calling:
            self.show_toast(inbox.summarize_notifications(calling), "warn")
        self._show_inbox()

    @on(InboxMarkedRead)
    def _update_read_mark(self, outcome: InboxMarkedRead) -> None:
        self.station.inbox.mark_read(outcome.mark)
        self._show_inbox()

    def _show_inbox(self) -> None:
        if self.desk_screen is self.notices:
            self.notices.update_content()
        elif self.desk_screen is not None:
            self.desk_screen.show_state()

    @on(RequestFailed)
    def _report_failed_request(self, outcome: RequestFailed) -> None:
        self.show_toast(outcome.sentence, "bad")
