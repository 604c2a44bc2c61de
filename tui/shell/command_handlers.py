"""Handles commands to tickets: sends them, and shows what became of them."""

from typing import Protocol

from common.tickets.replying import AddMessage, MessageKind
from tui.messages.requests import ChangePresence, SendCommand
from tui.messages.results import CommandFailed, CommandSent
from tui.model import mention_hints
from tui.shell.message_router import RouteTable
from tui.shell.services import HandlerServices


class MessageEditorScreen(Protocol):
    """The screen on which messages are written."""

    def message_sent(self, number: int, kind: MessageKind) -> None: ...

    def message_not_sent(
        self, number: int, kind: MessageKind, reason: str, *, slug: str = "", read_up_to: int = 0
    ) -> None: ...


class TypedKeys(Protocol):
    """The keys that are typed ahead."""

    is_typing_on: bool

    def swallow_burst(self, reason: str) -> None: ...


class CommandHandlers:
    """Sends an agent's commands. Every command that is sent ends in one sentence."""

    def __init__(
        self, services: HandlerServices, editor: MessageEditorScreen, keys: TypedKeys
    ) -> None:
        self._services, self._editor, self._keys = services, editor, keys

    @property
    def routes(self) -> RouteTable:
        """The messages that are handled here."""
        return {
            SendCommand: self.send_command,
            CommandSent: self.finish_command,
            CommandFailed: self.report_failure,
            ChangePresence: self.change_presence,
        }

    def send_command(self, request: SendCommand) -> None:
        """Sends a command, unless the same is under way or there is no session."""
        session = self._services.session
        if session is None:
            self._refuse_without_session(request)
            return
        task = session.api_tasks.send_command(request)
        if task is None:
            self._services.show_toast("This is being sent already.", "dim")
            return
        self._services.context.unread.begin_command(request.number)
        self._services.show_toast(request.doing, "dim")
        self._services.run_task(task)

    def _refuse_without_session(self, request: SendCommand) -> None:
        reason = "Not connected."
        self._services.show_toast(reason, "bad")
        if isinstance(request.command, AddMessage):
            self._editor.message_not_sent(request.number, request.command.kind, reason)

    def finish_command(self, result: CommandSent) -> None:
        """Shows that a command was carried out, and whom its message notified."""
        send = result.send
        self._services.context.unread.end_command(send.number, result.seq)
        if isinstance(send.command, AddMessage):
            self._editor.message_sent(send.number, send.command.kind)
            if self._keys.is_typing_on:
                self._keys.swallow_burst(f"{send.done}.")
        notified, is_well = mention_hints.describe_notified(result.mentions)
        self._services.show_toast(send.done + notified, "good" if is_well else "warn")

    def report_failure(self, result: CommandFailed) -> None:
        """Shows why a command was not carried out; a message stays in its editor."""
        send = result.send
        self._services.context.unread.end_command(send.number, None)
        self._services.show_toast(f"#{send.number}: {result.sentence}", "bad")
        if isinstance(send.command, AddMessage):
            self._editor.message_not_sent(
                send.number,
                send.command.kind,
                result.sentence,
                slug=result.slug,
                read_up_to=result.read_up_to,
            )

    def change_presence(self, request: ChangePresence) -> None:
        """Reports the presence that the agent chose."""
        self._services.run_in_session(lambda session: session.change_presence(request.presence))
