"""The workstation: screens and their lifecycle. It holds no truth; the store does."""

import gc
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App
from textual.binding import BindingType
from textual.worker import Worker, WorkerState

from common.tickets.replying import AddMessage
from tui.intents import More, Read, ReadOlder, Say, Search, Send, ShowTicket, SignIn
from tui.keys import Context, bindings
from tui.outcomes import Failed, Found, Sent, Trouble
from tui.pulse import Pulse
from tui.screens.confirm import Confirm
from tui.screens.desk import DeskScreen
from tui.screens.help import HelpScreen
from tui.screens.picker import Picker
from tui.screens.queue import QueueScreen
from tui.screens.sign_in import SignInScreen
from tui.screens.ticket import TicketScreen
from tui.station import Link, Station
from tui.store import Change, Store
from tui.styles.theme import PLAIN, THEME

if TYPE_CHECKING:
    # The network's libraries are imported after the first paint.
    from tui.session import Session


class Deskwire(App[None]):
    """The agent's terminal."""

    TITLE = "Deskwire"
    CSS_PATH = Path(__file__).with_name("styles") / "deskwire.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(Context.ANYWHERE)

    def __init__(self, values: dict[str, str]) -> None:
        """`values` fill the sign-in: server, org, email, password."""
        # Textual's NO_COLOR is colourless only where it leaves the terminal's colours alone.
        is_plain = "NO_COLOR" in os.environ
        super().__init__(ansi_color=True if is_plain else None)
        self.register_theme(THEME)
        self.theme = "ansi-dark" if is_plain else THEME.name
        self.animation_level = "none"
        self.station = Station(Store())
        self.sign_in = SignInScreen(values)
        self.queue = QueueScreen(self.station)
        self.ticket = TicketScreen(self.station)
        self._is_complete = all(values.get(name) for name in ("server", "org", "email", "password"))
        self._session: Session | None = None
        self._is_loaded = False

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colours, for themes that are not ours."""
        return PLAIN

    def on_mount(self) -> None:
        # Made once and filled again: a screen of Textual's that is thrown away is never freed.
        self.install_screen(self.sign_in, "sign-in")
        self.install_screen(self.queue, "queue")
        self.install_screen(self.ticket, "ticket")
        self.install_screen(Confirm(), "confirm")
        self.install_screen(Picker(), "picker")
        self.install_screen(HelpScreen(), "help")
        pulse = Pulse(self.set_timer, self._store_changed)
        self.station.store.subscribe(pulse.take)
        self.push_screen("sign-in")
        if self._is_complete:
            self.call_after_refresh(self.sign_in.action_submit)
        self.set_interval(1, self._count_down)

    async def on_unmount(self) -> None:
        if self._session is not None:
            await self._session.close()

    # -- signing in and out

    @on(SignIn)
    def _sign_in(self, wish: SignIn) -> None:
        self.sign_in.tell("Signing in …", "dim")
        self._work(self._open_session(wish))

    async def _open_session(self, wish: SignIn) -> None:
        from tui.session import NotSignedIn, Session  # heavy: see the top

        try:
            self._session = await Session.open(
                wish, self.station.store, self.post_message, self._linked
            )
        except NotSignedIn as refused:
            self.sign_in.tell(str(refused), "bad")
            return
        self.station.drafts = self._session.drafts
        self.sign_in.tell("", "plain")
        self.sign_in.forget_password()
        await self.push_screen("queue")
        await self._session.run()
        await self._session.close()
        self._session = None

    def _linked(self, link: Link) -> None:
        self.station.link = link
        if link.state == "signed_out":
            self._go_to_sign_in()
        elif self._desk is not None:
            self._desk.link_changed()

    def _go_to_sign_in(self) -> None:
        while self.screen is not self.sign_in and len(self.screen_stack) > 1:
            self.pop_screen()
        self.sign_in.tell("Your session has ended: sign in again.", "warn")

    # -- what changes, to the screen that shows it

    @property
    def _desk(self) -> DeskScreen | None:
        """The working screen in sight, be it under a question."""
        stack = reversed(self.screen_stack)
        return next((screen for screen in stack if isinstance(screen, DeskScreen)), None)

    def _store_changed(self, change: Change) -> None:
        if change.everything and not self._is_loaded:
            self._is_loaded = True
            self.station.attention.start(self.station.store.seq)
            # What is loaded stays: a collector that looks through it again makes frames stutter.
            gc.collect()
            gc.freeze()
        if self._desk is not None:
            self._desk.store_changed(change)

    def _count_down(self) -> None:
        if self.station.link.is_away and self._desk is not None:
            self._desk.show_state()

    def say(self, text: str, kind: str = "plain") -> None:
        """Show a sentence on the toast line of the screen in sight."""
        if self._desk is not None:
            self._desk.toast.tell(text, kind)

    # -- intents

    @on(Say)
    def _say(self, intent: Say) -> None:
        self.say(intent.text, intent.kind)

    @on(ShowTicket)
    async def _show_ticket(self, intent: ShowTicket) -> None:
        if self.screen is self.queue:
            await self.push_screen("ticket")
        order = [ticket.number for ticket in self.queue.table.rows.tickets]
        self.ticket.open(intent.number, order)
        if intent.compose:
            self.ticket.action_verb(intent.compose)

    @on(Send)
    def _send(self, intent: Send) -> None:
        work = self._session.errands.send(intent) if self._session else None
        if work is None:
            self.say("That is under way already.", "dim")
            return
        self.station.attention.begin(intent.number)
        self.say(intent.doing, "dim")
        self._work(work)

    @on(Read)
    def _read(self, intent: Read) -> None:
        if self._session is not None and type(intent) is Read:
            self._work(self._session.errands.read(intent.number))

    @on(ReadOlder)
    def _read_older(self, intent: ReadOlder) -> None:
        if self._session is not None:
            self._work(self._session.errands.read_older(intent.number))

    @on(More)
    def _more(self, intent: More) -> None:
        if self._session is not None:
            self._work(self._session.errands.more(intent.tab))

    @on(Search)
    def _search(self, intent: Search) -> None:
        if self._session is not None:
            self.say(f"Searching for “{intent.words}” …", "dim")
            self._work(self._session.errands.search(intent.words))

    def _work(self, work: Coroutine[Any, Any, None] | None) -> None:
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
        self.say(send.done, "good")

    @on(Failed)
    def _failed(self, outcome: Failed) -> None:
        send = outcome.send
        self.station.attention.end(send.number, None)
        self.say(f"#{send.number}: {outcome.sentence}", "bad")
        if isinstance(send.command, AddMessage):
            self.ticket.not_sent(send.number, outcome.slug, outcome.read_up_to)

    @on(Found)
    def _found(self, outcome: Found) -> None:
        self.queue.show_found(outcome.words, outcome.numbers)
        self.say("")

    @on(Trouble)
    def _trouble(self, outcome: Trouble) -> None:
        self.say(outcome.sentence, "bad")

    # -- keys that are live anywhere

    def action_help(self) -> None:
        """Show the help, once."""
        if self.screen is self._desk:
            self.push_screen("help")

    def action_resync(self) -> None:
        """Fetch everything anew."""
        if self._session is not None:
            self.say("Fetching everything anew …", "dim")
            self._session.resync()

    def action_help_quit(self) -> None:
        """ctrl+c copies or does nothing; what leaves is said where it covers no row."""
        self.say("q leaves, ctrl+q leaves at once.", "plain")
