"""The workstation's app: screens and their lifecycle; handlers are beside it (`MessageRouter`)."""

import asyncio
import gc
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import constants, events, on
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.message import Message
from textual.worker import Worker, WorkerState

from tui.configured_keys import NO_CHANGES, Keymap
from tui.keys import KeyContext, label_command, list_bindings, use_keys
from tui.messages.requests import (
    AppRequest,
    CopyText,
    LoadMacros,
    LoadViews,
    RefuseInput,
    ShowToast,
)
from tui.messages.results import RequestResult
from tui.model.coalesce import ChangeCoalescer
from tui.model.context import ServerLink, WorkstationContext
from tui.model.inbox import AgentInbox
from tui.model.store import Store, StoreChange
from tui.model.working_times import DEFAULT_TIMES, WorkingTimes
from tui.screens.sign_in import SignInScreen
from tui.shell import crash_report
from tui.shell.bulk_handlers import BulkHandlers
from tui.shell.clipboard import Clipboard
from tui.shell.command_handlers import CommandHandlers
from tui.shell.command_launcher import CommandLauncher
from tui.shell.draft_handlers import DraftHandlers
from tui.shell.editor_handlers import EditorHandlers
from tui.shell.file_handlers import FileHandlers
from tui.shell.inbox_handlers import InboxHandlers
from tui.shell.key_queue import KeyQueue
from tui.shell.loading_handlers import LoadingHandlers
from tui.shell.message_router import MessageRouter
from tui.shell.navigator import Navigator
from tui.shell.report_handlers import ReportHandlers
from tui.shell.screen_set import ScreenSet
from tui.shell.services import BackgroundTask, ClosingAwaitable, HandlerServices
from tui.shell.sign_in_handlers import SignInHandlers
from tui.shell.terminal_colours import COLOUR_SYSTEM, NO_COLOUR, STANDARD_COLOURS
from tui.shell.theme import ANSI_THEME, PLAIN_VARIABLES, THEMES
from tui.shell.tty_driver import TtyDriver
from tui.shell.watch_handlers import WatchHandlers
from tui.text import formatting

if TYPE_CHECKING:
    # The network's libraries are imported after the first paint.
    from tui.shell.session import AgentSession


_BULK_SECONDS = 1.0
"""Seconds for a held change of marked tickets at the end; a signal leaves the program three."""


class Deskwire(App[None]):
    """The agent's terminal."""

    TITLE = "Deskwire"
    CSS_PATH = Path(__file__).with_name("deskwire.tcss")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.ANYWHERE)

    def __init__(
        self,
        values: dict[str, str],
        times: WorkingTimes = DEFAULT_TIMES,
        *,
        is_wallboard: bool = False,
        keymap: Keymap = NO_CHANGES,
        theme: str = "dark",
    ) -> None:
        """`values` fill the sign-in: server, org, email, password or the token of a session."""
        # Textual's NO_COLOR is colourless only where it leaves the terminal's colours alone. Of
        # eight or sixteen colours, the nearest to ours would make the cursor's row disappear.
        is_ansi = NO_COLOUR in os.environ or os.environ.get(COLOUR_SYSTEM) == STANDARD_COLOURS
        super().__init__(ansi_color=True if is_ansi else None)
        for made in THEMES.values():
            self.register_theme(made)
        self.theme = ANSI_THEME if is_ansi else THEMES[theme].name
        self.animation_level = "none"
        self.is_wallboard = is_wallboard
        self.sign_in = SignInScreen(values)
        self._times = times
        self.unsent_count = 0
        """The number of changes that wait on this machine, after the end."""
        self._is_loaded = False
        self._epoch: str | None = None
        self._is_resyncing = False
        self._ending: asyncio.Task[None] | None = None
        self._keymap_changes = keymap
        use_keys(keymap.table)
        self.context = WorkstationContext(Store())
        self.screens = ScreenSet(self.context)
        self.queue, self.ticket = self.screens.queue, self.screens.ticket
        self._create_handlers()

    def _create_handlers(self) -> None:
        self.services = services = HandlerServices(self.context, self.show_toast, self._start_task)
        self.navigator = Navigator(self, self.screens)
        self.keys = KeyQueue(
            self,
            super().on_event,
            has_unread_keys=lambda: self.tty is not None and self.tty.has_unread_keys,
            report_swallowed=self._report_swallowed_keys,
        )
        self._files = FileHandlers(services)
        self._bulk = BulkHandlers(services, self.queue, self._times.hold)
        self._commands = CommandHandlers(services, self.ticket, self._bulk)
        self._clipboard_writer = Clipboard(os.environ, self._write_to_terminal, self.show_toast)
        self._reports = ReportHandlers(
            self, services, self.navigator, self.queue, self.ticket, is_wallboard=self.is_wallboard
        )
        self._launcher = CommandLauncher(self, self.context, self.navigator, self.sign_in)
        self._session_handlers = SignInHandlers(
            self,
            services,
            self.sign_in,
            self._link_changed,
            self._adopt_session,
            times=self._times,
            is_wallboard=self.is_wallboard,
            greeting=self._keymap_changes.warning,
        )
        self._router = MessageRouter(
            {
                ShowToast: lambda request: self.show_toast(request.text, request.kind),
                RefuseInput: self._refuse_input,
                CopyText: self._copy_text,
            },
            self._commands.routes,
            LoadingHandlers(services, self.queue, self.ticket, self.screens.macros).routes,
            self._bulk.routes,
            WatchHandlers(services, self.ticket).routes,
            EditorHandlers(services, self.suspend).routes,
            DraftHandlers(services, self.navigator, self.ticket).routes,
            InboxHandlers(services, self.navigator.show_inbox).routes,
            self._files.routes,
            self.navigator.routes,
            self._reports.routes,
            self._session_handlers.routes,
        )

    def _adopt_session(self, session: "AgentSession") -> None:
        """Takes what waits in a new session's outbox, and its drafts."""
        session.draft_syncer.is_open = self.ticket.draft_session.is_writing
        self._commands.adopt_outbox(session.outbox)

    # -- messages and keys

    @on(AppRequest)
    @on(RequestResult)
    async def _route_message(self, message: Message) -> None:
        if self.screen_stack:  # at the end an answer may come when there is no screen any more
            await self._router.handle_message(message)

    async def on_event(self, event: events.Event) -> None:
        """Records that somebody is there, and queues keys."""
        session = self.services.session
        if session is not None and isinstance(event, events.InputEvent | events.Paste):
            session.record_activity()
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self.keys.handle_key(event)
        else:
            await super().on_event(event)

    def _refuse_input(self, request: RefuseInput) -> None:
        self.keys.swallow_burst(request.reason)
        self.show_toast(request.reason, "bad")

    def _report_swallowed_keys(self, reason: str) -> None:
        self.show_toast(f"What you typed was not used. {reason}", "bad")

    def _start_task(self, task: BackgroundTask) -> None:
        # Never exclusive: a second task must not cancel the first one's sending.
        self.run_worker(ClosingAwaitable(task), exit_on_error=False)

    @on(Worker.StateChanged)
    def _report_worker_error(self, event: Worker.StateChanged) -> None:
        """Shows an error of this program; what the agent types and sees stays."""
        if event.state is WorkerState.ERROR:
            self.show_toast(f"An error in this program: {event.worker.error!r}", "bad")

    # -- toasts and the clipboard

    def show_toast(self, text: str, kind: str = "plain") -> None:
        """Shows a sentence on the toast line of the screen in sight."""
        desk = self.navigator.desk_screen
        if desk is not None:
            desk.toast.show_message(text, kind)

    def copy_to_clipboard(self, text: str) -> None:
        """Copies what is selected: here Textual's own ctrl+c and ctrl+x end."""
        self._clipboard = text  # ctrl+v pastes it
        self.services.run_task(self._clipboard_writer.copy_text(text))

    def _copy_text(self, request: CopyText) -> None:
        self.services.run_task(self._clipboard_writer.copy_text(request.text, request.what))

    def _write_to_terminal(self, sequences: str) -> None:
        if self._driver is not None:
            self._driver.write(sequences)

    # -- the start

    def get_driver_class(self) -> type[Driver]:
        """Names the driver: our own, unless Textual is given another, as a browser needs it."""
        return super().get_driver_class() if constants.DRIVER else TtyDriver

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Returns this program's colours for other themes."""
        return PLAIN_VARIABLES

    def on_mount(self) -> None:
        self.set_keymap(self._keymap_changes.overrides)
        self.install_screen(self.sign_in, "sign-in")
        self.screens.install(self)
        changes = ChangeCoalescer(self.set_timer, self._store_changed)
        self.context.store.subscribe(changes.add_change)
        self.push_screen("sign-in")
        self.call_after_refresh(_collect_garbage_from_now)
        if self.sign_in.is_complete:
            self.call_after_refresh(self.sign_in.action_submit)
        self.set_interval(1, self._refresh_countdowns)

    async def on_unmount(self) -> None:
        self._files.remove_temporary_files()
        if self.services.session is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_BULK_SECONDS):
                    await self._bulk.send_held()
            self.unsent_count = await self.services.session.close()

    # -- ending

    @property
    def tty(self) -> TtyDriver | None:
        """The driver of a real terminal; None before the start, and under tests."""
        return self._driver if isinstance(self._driver, TtyDriver) else None

    def keep_drafts(self) -> None:
        """Saves what is being written."""
        self.ticket.draft_session.save_draft()

    def end_program(self, exit_code: int, message: str) -> None:
        """Ends the program as soon as what was typed so far is saved."""
        self._ending = asyncio.create_task(self._save_and_exit(exit_code, message), name="the end")

    async def _save_and_exit(self, exit_code: int, message: str) -> None:
        await self.keys.await_keys()
        with suppress(OSError):
            self.keep_drafts()
        drafts = self.context.draft_count - self.context.unsaved_draft_count
        kept = (
            f" {formatting.format_noun_count(drafts, 'draft')} kept on this machine."
            if drafts
            else ""
        )
        self.exit(
            return_code=exit_code, message=_one_line_text(message + kept) if message else None
        )

    def _handle_exception(self, error: Exception) -> None:
        # An error of this program must not cost the agent what was written.
        with suppress(Exception):
            self.keep_drafts()
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Ends with one line in place of Textual's page of code; the traceback is in a file."""
        if self._exception is not None:
            line = crash_report.write_crash_report(
                self._exception, are_drafts_kept=not self.context.unsaved_draft_count
            )
            self._exit_renderables.append(_one_line_text(line))
        self._close_messages_no_wait()

    # -- what changes, to the screen that shows it

    def _link_changed(self, _link: ServerLink) -> None:
        desk = self.navigator.desk_screen
        if desk is not None:
            desk.link_changed()

    def _store_changed(self, change: StoreChange) -> None:
        if change.everything:
            self._forget_old_log()
        if self.context.store.is_whole and not self._is_loaded:
            self._is_loaded = True
            # What is loaded stays: a collector that looks through it again makes frames stutter.
            gc.collect()
            gc.freeze()
        if change.everything and self._is_resyncing:
            self._is_resyncing = False
            self.show_toast("Everything is up to date.", "good")
        if change.everything and self.is_wallboard and self.screen is self.queue:
            self.call_later(self.action_wallboard)
        if change.everything or change.organization:
            self.post_message(LoadMacros())
            self.post_message(LoadViews())
        desk = self.navigator.desk_screen
        if desk is not None:
            if change.is_own:
                desk.draw_at_once()
            desk.store_changed(change)
            self._refresh_countdowns()

    def _forget_old_log(self) -> None:
        """Forgets what was seen of another log than the store's, whose events were others."""
        context, epoch = self.context, self.context.store.epoch
        if self._epoch == epoch:
            return
        is_first, self._epoch = self._epoch is None, epoch
        context.unread.start_at_seq(context.store.seq, context.store.tickets.values())
        if not is_first:
            context.inbox = AgentInbox()
            self.show_toast(
                "The server was restored from a backup. Everything was loaded again.", "warn"
            )

    def _refresh_countdowns(self) -> None:
        desk = self.navigator.desk_screen
        if desk is not None and (desk.is_state_stale or self.context.link.is_offline):
            desk.show_state()

    # -- keys that are live anywhere

    def action_help(self) -> None:
        self._launcher.open_help()

    def action_palette(self) -> None:
        self._launcher.open_palette()

    action_command = action_palette

    def action_reports(self) -> None:
        self._reports.open_reports()

    def action_own_figures(self) -> None:
        self._reports.open_own_figures()

    def action_wallboard(self) -> None:
        self._reports.open_wallboard()

    async def action_held_mails(self) -> None:
        """Shows the held mails, to supervisors."""
        await self.navigator.open_held_mails()

    def action_resync(self) -> None:
        """Loads everything again."""
        if self.services.session is not None:
            self._is_resyncing = True
            self.show_toast("Loading everything again …", "dim")
            self.services.session.resync()

    def action_suspend(self) -> None:
        """Stops this job, so that the shell is back; `fg` goes on."""
        if os.getpgrp() == os.getsid(0):
            self.show_toast("There is no shell to go back to.", "bad")
            return
        with self.suspend():
            os.killpg(os.getpgrp(), signal.SIGSTOP)

    def action_help_quit(self) -> None:
        """Shows which keys leave: ctrl+c copies, or does nothing."""
        leave, quit_ = label_command("queue.leave"), label_command("anywhere.quit")
        self.show_toast(f"{leave} leaves, {quit_} leaves at once.", "plain")


def _one_line_text(line: str) -> Text:
    """Returns one line for the shell, which wraps it by itself; a path stays whole."""
    return Text(line, no_wrap=True, overflow="ignore")


def _collect_garbage_from_now() -> None:
    """Turns the garbage collector on, unless it is; what the start has loaded stays."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
