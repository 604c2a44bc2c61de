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
    Be,
    Copy,
    MarkRead,
    More,
    Read,
    ReadHistory,
    ReadMentionable,
    ReadOlder,
    RefuseInput,
    Say,
    Search,
    Send,
    ShowNotices,
    ShowTicket,
)
from tui.messages.results import Failed, Found, Marked, Mentionable, Sent, Told, Trouble
from tui.model import inbox, mention_hints
from tui.model.context import Station
from tui.screens.desk_screen import DeskScreen
from tui.screens.notifications_screen import NoticesScreen
from tui.screens.queue_screen import QueueScreen
from tui.screens.ticket_screen import TicketScreen
from tui.shell.clipboard import Clipboard
from tui.shell.key_burst import Burst
from tui.shell.key_queue import Keyboard

if TYPE_CHECKING:
    # The network's libraries are imported after the first paint.
    from tui.shell.session import Session


class Courier(Keyboard):
    """An app whose screens ask by messages; it holds the session, and no truth."""

    def __init__(self, station: Station, *, ansi_color: bool | None) -> None:
        super().__init__(ansi_color=ansi_color)
        self.station = station
        self.queue = QueueScreen(station)
        self.ticket = TicketScreen(station)
        self.notices = NoticesScreen(station)
        self.session: Session | None = None
        self._copier = Clipboard(os.environ, self._write_to_terminal, self.say)

    @property
    def desk(self) -> DeskScreen | None:
        """The working screen in sight, be it under a question."""
        stack = reversed(self.screen_stack)
        return next((screen for screen in stack if isinstance(screen, DeskScreen)), None)

    def say(self, text: str, kind: str = "plain") -> None:
        """Show a sentence on the toast line of the screen in sight."""
        if self.desk is not None:
            self.desk.toast.tell(text, kind)

    def copy_to_clipboard(self, text: str) -> None:
        """Copies what is selected: here Textual's own ctrl+c and ctrl+x end."""
        self._clipboard = text  # ctrl+v pastes it
        self.work(self._copier.copy(text))

    def _write_to_terminal(self, sequences: str) -> None:
        if self._driver is not None:
            self._driver.write(sequences)

    # -- intents

    @on(Copy)
    def _copy(self, intent: Copy) -> None:
        self.work(self._copier.copy(intent.text, intent.what))

    @on(Say)
    def _say(self, intent: Say) -> None:
        self.say(intent.text, intent.kind)

    @on(RefuseInput)
    def _refuse_input(self, intent: RefuseInput) -> None:
        self.swallow_burst(intent.reason)
        self.say(intent.reason, "bad")

    def swallowed(self, burst: Burst) -> None:
        """Says that what was typed has not been taken."""
        self.say(f"What you typed is not taken. {burst.reason}", "bad")

    @on(ShowTicket)
    async def _show_ticket(self, intent: ShowTicket) -> None:
        await self._show(self.ticket, "ticket")
        order = intent.order
        if order is None:
            order = [ticket.number for ticket in self.queue.table.rows.tickets]
        self.ticket.open(intent.number, order)
        if intent.compose:
            self.ticket.action_verb(intent.compose)

    @on(ShowNotices)
    async def _show_notices(self, _intent: ShowNotices) -> None:
        await self._show(self.notices, "notices")

    async def _show(self, screen: DeskScreen, name: str) -> None:
        """Bring a screen to the top; each stands in the stack once."""
        if screen not in self.screen_stack:
            await self.push_screen(name)
        while self.screen is not screen:
            await self.pop_screen()

    @on(MarkRead)
    def _mark_read(self, intent: MarkRead) -> None:
        if self.session is not None:
            self.work(self.session.errands.mark_read(intent.up_to))

    @on(Send)
    def _send(self, intent: Send) -> None:
        work = self.session.errands.send(intent) if self.session else None
        if work is None:
            self.say("That is under way already." if self.session else "Not connected.", "dim")
            if self.session is None and isinstance(intent.command, AddMessage):
                self.ticket.not_sent(intent.number, intent.command.kind, "Not connected.")
            return
        self.station.attention.begin(intent.number)
        self.say(intent.doing, "dim")
        self.work(work)

    @on(Be)
    def _be(self, intent: Be) -> None:
        if self.session is not None:
            self.work(self.session.be(intent.presence))

    def touched(self) -> None:
        """The agent is at the keyboard."""
        if self.session is not None:
            self.session.touch()

    @on(Read)
    def _read(self, intent: Read) -> None:
        if self.session is not None and type(intent) is Read:
            self.work(self.session.errands.read(intent.number))

    @on(ReadOlder)
    def _read_older(self, intent: ReadOlder) -> None:
        if self.session is not None:
            self.work(self.session.errands.read_older(intent.number))

    @on(ReadHistory)
    def _read_history(self, intent: ReadHistory) -> None:
        if self.session is not None:
            self.work(self.session.errands.history(intent.number))

    @on(ReadMentionable)
    def _read_mentionable(self, _intent: ReadMentionable) -> None:
        if self.session is not None:
            self.work(self.session.errands.mentionable())

    @on(More)
    def _more(self, intent: More) -> None:
        if self.session is not None:
            self.work(self.session.errands.more(intent.tab))

    @on(Search)
    def _search(self, intent: Search) -> None:
        if self.session is not None:
            self.say(f"Searching for “{intent.scope.words}” …", "dim")
            self.work(self.session.errands.search(intent.scope))

    def work(self, work: Coroutine[Any, Any, None] | None) -> None:
        """Never exclusive: a second wish must not cancel the first one's sending."""
        if work is not None:
            self.run_worker(work, exit_on_error=False)

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        """A fault of ours is said, not swallowed; what one types and sees stays."""
        if event.state is WorkerState.ERROR:
            self.say(f"A fault in this program: {event.worker.error!r}", "bad")

    # -- outcomes

    @on(Sent)
    def _sent(self, outcome: Sent) -> None:
        send = outcome.send
        self.station.attention.end(send.number, outcome.seq)
        if isinstance(send.command, AddMessage):
            self.ticket.sent(send.number, send.command.kind)
            if self.is_typing_on:
                self.swallow_burst(f"{send.done}.")
        told, is_well = mention_hints.result(outcome.mentions)
        self.say(send.done + told, "good" if is_well else "warn")

    @on(Failed)
    def _failed(self, outcome: Failed) -> None:
        send = outcome.send
        self.station.attention.end(send.number, None)
        self.say(f"#{send.number}: {outcome.sentence}", "bad")
        if isinstance(send.command, AddMessage):
            self.ticket.not_sent(
                send.number,
                send.command.kind,
                outcome.sentence,
                slug=outcome.slug,
                read_up_to=outcome.read_up_to,
            )

    @on(Mentionable)
    def _mentionable(self, outcome: Mentionable) -> None:
        self.ticket.directory.take(outcome.agents)
        self.ticket.composer.show_mentions()

    @on(Found)
    def _found(self, outcome: Found) -> None:
        self.queue.show_found(outcome.scope, outcome.numbers)
        self.say("")

    @on(Told)
    def _told(self, outcome: Told) -> None:
        calling = self.station.board.take(outcome.inbox)
        if calling:
            self.say(inbox.toast(calling), "warn")
        self._show_board()

    @on(Marked)
    def _marked(self, outcome: Marked) -> None:
        self.station.board.mark(outcome.mark)
        self._show_board()

    def _show_board(self) -> None:
        if self.desk is self.notices:
            self.notices.fill()
        elif self.desk is not None:
            self.desk.show_state()

    @on(Trouble)
    def _trouble(self, outcome: Trouble) -> None:
        self.say(outcome.sentence, "bad")
