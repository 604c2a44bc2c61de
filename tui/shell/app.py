"""The workstation: screens and their lifecycle. It holds no truth; the store does."""

import asyncio
import gc
import os
import signal
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import constants, on
from textual.binding import BindingType
from textual.driver import Driver

from tui.keys import KeyContext, list_bindings
from tui.messages.requests import SignIn
from tui.model.coalesce import ChangeCoalescer
from tui.model.context import ServerLink, WorkstationContext
from tui.model.inbox import AgentInbox
from tui.model.store import Store, StoreChange
from tui.screens.confirmation import Confirm
from tui.screens.help_screen import HelpScreen
from tui.screens.picker import Picker
from tui.screens.sign_in import SignInScreen
from tui.shell import crash_report
from tui.shell.report_handlers import ReportHandlers
from tui.shell.terminal_colours import COLOUR_SYSTEM, NO_COLOUR, STANDARD_COLOURS
from tui.shell.theme import PLAIN_VARIABLES, THEME
from tui.shell.tty_driver import TtyDriver
from tui.text import formatting

if TYPE_CHECKING:
    from tui.shell.session import AgentSession


class Deskwire(ReportHandlers):
    """The agent's terminal."""

    TITLE = "Deskwire"
    CSS_PATH = Path(__file__).with_name("deskwire.tcss")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.ANYWHERE)

    def __init__(
        self,
        values: dict[str, str],
        idle_after: timedelta | None = timedelta(minutes=30),
        *,
        is_wallboard: bool = False,
    ) -> None:
        """`values` fill the sign-in: server, org, email, password.

        After `idle_after` without a key the agent is away; None: never.
        """
        # Textual's NO_COLOR is colourless only where it leaves the terminal's colours alone. Of
        # eight or sixteen colours, the nearest to ours would make the cursor's row disappear.
        is_ansi = NO_COLOUR in os.environ or os.environ.get(COLOUR_SYSTEM) == STANDARD_COLOURS
        super().__init__(WorkstationContext(Store()), ansi_color=True if is_ansi else None)
        self.register_theme(THEME)
        self.theme = "ansi-dark" if is_ansi else THEME.name
        self.animation_level = "none"
        self.is_wallboard = is_wallboard
        self.sign_in = SignInScreen(values)
        self._is_complete = all(values.get(name) for name in ("server", "org", "email", "password"))
        self._idle_after = idle_after
        self._is_loaded = False
        self._epoch: str | None = None
        self._is_resyncing = False
        self._is_signing_in = False
        self._ending: asyncio.Task[None] | None = None

    def get_driver_class(self) -> type[Driver]:
        """Names the driver: our own, unless Textual is told another, as a browser needs it."""
        return super().get_driver_class() if constants.DRIVER else TtyDriver

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colours, for themes that are not ours."""
        return PLAIN_VARIABLES

    def on_mount(self) -> None:
        # Made once and filled again: a screen of Textual's that is thrown away is never freed.
        self.install_screen(self.sign_in, "sign-in")
        self.install_screen(self.queue, "queue")
        self.install_screen(self.ticket, "ticket")
        self.install_screen(self.notices, "notices")
        self.install_screen(Confirm(), "confirm")
        self.install_screen(Picker(), "picker")
        self.install_screen(HelpScreen(), "help")
        pulse = ChangeCoalescer(self.set_timer, self._store_changed)
        self.station.store.subscribe(pulse.add_change)
        self.push_screen("sign-in")
        if self._is_complete:
            self.call_after_refresh(self.sign_in.action_submit)
        self.set_interval(1, self._refresh_countdowns)

    async def on_unmount(self) -> None:
        if self.session is not None:
            await self.session.close()

    # -- ending

    @property
    def tty(self) -> TtyDriver | None:
        """The driver of a real terminal; None before the start, and under tests."""
        return self._driver if isinstance(self._driver, TtyDriver) else None

    @property
    def has_unread_keys(self) -> bool:
        return self.tty is not None and self.tty.has_unread_keys

    def keep_drafts(self) -> None:
        """Saves what is being written."""
        self.ticket.draft_session.save_draft()

    def end_program(self, exit_code: int, message: str) -> None:
        """Ends the program as soon as what was typed so far is saved."""
        self._ending = asyncio.create_task(self._save_and_exit(exit_code, message), name="the end")

    async def _save_and_exit(self, exit_code: int, message: str) -> None:
        await self.await_keys()
        with suppress(OSError):
            self.keep_drafts()
        drafts = self.station.draft_count - self.station.unsaved_draft_count
        kept = (
            f" {formatting.format_noun_count(drafts, 'draft')} kept on this machine."
            if drafts
            else ""
        )
        self.exit(
            return_code=exit_code, message=_one_line_text(message + kept) if message else None
        )

    def _handle_exception(self, error: Exception) -> None:
        # A fault of ours costs the agent no word.
        with suppress(Exception):
            self.keep_drafts()
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Ends with one line in place of Textual's page of code; the traceback is in a file."""
        if self._exception is not None:
            line = crash_report.write_crash_report(
                self._exception, are_drafts_kept=not self.station.unsaved_draft_count
            )
            self._exit_renderables.append(_one_line_text(line))
        self._close_messages_no_wait()

    # -- signing in and out

    @on(SignIn)
    def _start_sign_in(self, wish: SignIn) -> None:
        if self._is_signing_in:
            return
        self._is_signing_in = True
        self.station.server_url = wish.server
        self.sign_in.show_message("Signing in …", "dim")
        self.run_task(self._open_session(wish))

    async def _open_session(self, wish: SignIn) -> None:
        from tui.shell.session import AgentSession, SignInFailed  # heavy: see the courier

        try:
            self.session = await AgentSession.sign_in(
                wish, self.station.store, self.post_message, self._link_changed, self._idle_after
            )
        except SignInFailed as refused:
            self.sign_in.show_message(str(refused), "bad")
        else:
            await self._run_session(self.session)
        finally:
            has_worked = self.session is not None
            if self.is_running:  # at the program's end `on_unmount` signs out
                self.session, self._is_signing_in = None, False
        if has_worked and self.is_wallboard:
            self.sign_in.action_submit()

    async def _run_session(self, session: "AgentSession") -> None:
        """From the queue's first sight to the session's end."""
        self.station.drafts = session.drafts
        self.station.inbox = AgentInbox()
        self.sign_in.show_message("", "plain")
        if not self.is_wallboard:  # nobody stands there to type it again
            self.sign_in.forget_password()
        await self.push_screen("queue")
        # A screen on the wall is nobody who could be given a ticket.
        await session.run(attends=not self.is_wallboard)
        await session.close()

    def _link_changed(self, link: ServerLink) -> None:
        self.station.link = link
        if link.state == "signed_out":
            self._go_to_sign_in()
        elif self.desk_screen is not None:
            self.desk_screen.link_changed()

    def _go_to_sign_in(self) -> None:
        while self.screen is not self.sign_in and len(self.screen_stack) > 1:
            self.pop_screen()
        self.sign_in.show_message("Your session has ended: sign in again.", "warn")

    # -- what changes, to the screen that shows it

    def _store_changed(self, change: StoreChange) -> None:
        if change.everything:
            self._forget_old_log()
        if change.everything and not self._is_loaded:
            self._is_loaded = True
            # What is loaded stays: a collector that looks through it again makes frames stutter.
            gc.collect()
            gc.freeze()
        if change.everything and self._is_resyncing:
            self._is_resyncing = False
            self.show_toast("Everything is fetched anew.", "good")
        if change.everything and self.is_wallboard and self.screen is self.queue:
            self.call_later(self.action_wallboard)
        if self.desk_screen is not None:
            self.desk_screen.store_changed(change)

    def _forget_old_log(self) -> None:
        """Forgets what was seen of another log than the store's: its events were others."""
        station, epoch = self.station, self.station.store.epoch
        if self._epoch == epoch:
            return
        is_first, self._epoch = self._epoch is None, epoch
        station.unread.start_at_seq(station.store.seq)
        if not is_first:
            station.inbox = AgentInbox()
            self.show_toast(
                "The desk was restored from a backup: everything is fetched anew.", "warn"
            )

    def _refresh_countdowns(self) -> None:
        desk = self.desk_screen
        if desk is not None and (desk.is_state_stale or self.station.link.is_offline):
            desk.show_state()

    # -- keys that are live anywhere

    def action_help(self) -> None:
        """Show the help, once."""
        if self.screen in {self.desk_screen, self.sign_in}:
            live = (
                (KeyContext.SIGN_IN,)
                if self.desk_screen is None
                else self.desk_screen.key_contexts()
            )
            self.get_screen("help", HelpScreen).set_live_contexts(*live)
            self.push_screen("help")

    def action_resync(self) -> None:
        """Fetch everything anew."""
        if self.session is not None:
            self._is_resyncing = True
            self.show_toast("Fetching everything anew …", "dim")
            self.session.resync()

    def action_suspend(self) -> None:
        """Stop all of this job, so that the shell is back; `fg` goes on."""
        if os.getpgrp() == os.getsid(0):
            self.show_toast("There is no shell to go back to.", "bad")
            return
        with self.suspend():
            os.killpg(os.getpgrp(), signal.SIGSTOP)

    def action_help_quit(self) -> None:
        """ctrl+c copies or does nothing; what leaves is said where it covers no row."""
        self.show_toast("q leaves, ctrl+q leaves at once.", "plain")


def _one_line_text(line: str) -> Text:
    """One line for the shell, which breaks it by itself; a path stays whole."""
    return Text(line, no_wrap=True, overflow="ignore")
