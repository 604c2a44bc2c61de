"""Handles commands to tickets: they are done on the screen at once, and sent by the outbox."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from common.tickets.replying import AddMessage, MessageKind
from tui import clock
from tui.keys import label_command
from tui.messages.requests import (
    ChangePresence,
    DismissRefusals,
    SendCommand,
    SendCommands,
    UndoBulk,
    UndoLast,
    WithdrawCommand,
)
from tui.messages.results import CommandSent
from tui.model import mention_hints
from tui.model.outbox import MadeCommand, NewCommand, Outbox
from tui.model.outbox_options import describe_pending
from tui.model.pending_commands import PendingCommand, RefusedCommand
from tui.model.predicted_tickets import is_own_actor
from tui.model.undo_history import UndoHistory
from tui.shell.bulk_handlers import BulkHandlers
from tui.shell.message_router import RouteTable
from tui.shell.services import HandlerServices


class MessageEditorScreen(Protocol):
    """The screen on which messages are written."""

    def message_taken(self, number: int, kind: MessageKind) -> None: ...

    def message_not_sent(self, number: int, kind: MessageKind, reason: str) -> None: ...

    def message_returned(
        self, number: int, kind: MessageKind, *, slug: str = "", read_up_to: int = 0
    ) -> None: ...

    def keep_text(self) -> None: ...


class CommandHandlers:
    """Takes an agent's commands. Every command ends in one sentence."""

    def __init__(
        self, services: HandlerServices, editor: MessageEditorScreen, bulk: BulkHandlers
    ) -> None:
        self._services, self._editor, self._bulk = services, editor, bulk
        self._history = UndoHistory()

    @property
    def routes(self) -> RouteTable:
        """The messages that are handled here."""
        return {
            SendCommand: self.send_command,
            SendCommands: self.send_commands,
            UndoLast: self.undo_last,
            WithdrawCommand: self.withdraw_command,
            DismissRefusals: self.dismiss_refusals,
            CommandSent: self.finish_command,
            ChangePresence: self.change_presence,
        }

    def adopt_outbox(self, outbox: Outbox) -> None:
        """Takes the outbox of the agent who has signed in, with what waited in it."""
        self._history.forget()
        outbox.on_refused = self.report_refusal
        for pending in outbox.pending.waiting:
            self._services.context.unread.begin_command(pending.number)
            if isinstance(pending.command, AddMessage):
                # The program was killed between the outbox and the removal of the draft.
                self._discard_draft_of(pending)

    # -- what the agent does

    def send_command(self, request: SendCommand) -> None:
        """Does a command at once, or says which rule is against it."""
        self._submit((request,), request.done)

    def send_commands(self, request: SendCommands) -> None:
        """Does several commands at once, as one that can be undone."""
        self._submit(request.sends, request.done)

    def _submit(self, sends: Sequence[SendCommand], done: str) -> None:
        context = self._services.context
        outbox = context.outbox
        if outbox is None:
            self._refuse_without_session(sends)
            return
        submission = outbox.submit([_new_command(send) for send in sends])
        if any(isinstance(send.command, AddMessage) for send in sends):
            outbox.sync()  # the draft, which is on the disk, goes only then
        self._history.add_step(submission.made, done, clock.read_server_time())
        for made in submission.made:
            context.unread.begin_command(made.pending.number)
            if isinstance(made.pending.command, AddMessage):
                self._editor.message_taken(made.pending.number, made.pending.command.kind)
        self._report_refused(submission.refused)
        if submission.made and not submission.refused:
            self._services.show_toast(self._describe(sends[0], submission.made, done), "good")

    def _describe(self, send: SendCommand, made: Sequence[MadeCommand], done: str) -> str:
        """Returns the sentence of what was done just now: it may wait, and can be undone."""
        first = made[0].pending
        is_undoable = first.send_after is not None or made[0].inverse is not None
        undo = f" · {label_command('ticket.undo')} undo" if is_undoable else ""
        if isinstance(first.command, AddMessage):
            done = send.doing.removesuffix(" …")
            if first.send_after is not None:
                done += f" in {round((first.send_after - first.made_at) / timedelta(seconds=1))} s"
        if self._services.context.link.is_offline:
            done += " · waits for the server"
        return done + undo

    def _report_refused(self, refused: Sequence[tuple[NewCommand, str]]) -> None:
        for new, reason in refused:
            if isinstance(new.command, AddMessage):
                self._editor.message_not_sent(new.number, new.command.kind, reason)
        if refused:
            new, reason = refused[0]
            others = f" ({len(refused)} were refused)" if len(refused) > 1 else ""
            self._services.show_toast(f"#{new.number}: {reason}{others}", "bad")

    def _refuse_without_session(self, sends: Sequence[SendCommand]) -> None:
        reason = "Not connected."
        self._services.show_toast(reason, "bad")
        for send in sends:
            if isinstance(send.command, AddMessage):
                self._editor.message_not_sent(send.number, send.command.kind, reason)

    def undo_last(self, _request: UndoLast) -> None:
        """Takes back what the agent did last."""
        context = self._services.context
        outbox, now = context.outbox, clock.read_server_time()
        if self._bulk.is_newest(self._history.find_newest(now), now):
            self._bulk.undo_bulk(UndoBulk())
            return
        outcome = self._history.undo_last(outbox, now) if outbox is not None else None
        if outcome is None:
            self._services.show_toast("There is nothing to take back from the last 10 s.", "plain")
            return
        for pending in outcome.withdrawn:
            self._finish_withdrawal(pending)
        self._services.show_toast(
            outcome.describe(context.store), "bad" if outcome.failed else "good"
        )

    def withdraw_command(self, request: WithdrawCommand) -> None:
        """Takes back a command that waits in the outbox."""
        outbox = self._services.context.outbox
        taken = outbox.withdraw(request.key) if outbox is not None else None
        if taken is None:
            self._services.show_toast("It has been sent meanwhile.", "bad")
            return
        self._finish_withdrawal(taken)
        self._services.show_toast(
            f"Taken back: {describe_pending(taken, self._services.context.store)}.", "good"
        )

    def _finish_withdrawal(self, pending: PendingCommand) -> None:
        self._services.context.unread.end_command(pending.number, None)
        if isinstance(pending.command, AddMessage):
            self._give_back(pending, pending.command, "")

    def dismiss_refusals(self, request: DismissRefusals) -> None:
        """Puts refusals aside."""
        outbox = self._services.context.outbox
        if outbox is not None:
            for key in request.keys:
                outbox.dismiss(key)

    # -- what the server says

    def finish_command(self, result: CommandSent) -> None:
        """Notes that a command was carried out; of a message, also whom it notified."""
        pending = result.pending
        self._services.context.unread.end_command(pending.number, result.seq)
        if isinstance(pending.command, AddMessage):
            notified, is_well = mention_hints.describe_notified(result.mentions)
            self._services.show_toast(pending.done + notified, "good" if is_well else "warn")

    def report_refusal(self, refused: RefusedCommand) -> bool:
        """Says why a command was not carried out.

        True: it was a message, and its text is a draft again, which is marked NOT SENT.
        """
        pending, reason = refused.pending, refused.reason
        self._services.context.unread.end_command(pending.number, None)
        self._services.show_toast(f"#{pending.number}: {reason}", "bad")
        if not isinstance(pending.command, AddMessage):
            return False
        self._give_back(pending, pending.command, reason, refused.slug)
        return self._services.context.drafts is not None

    def _give_back(
        self, pending: PendingCommand, command: AddMessage, reason: str, slug: str = ""
    ) -> None:
        context = self._services.context
        self._editor.keep_text()
        if context.drafts is not None:
            context.drafts.give_back(
                pending.number,
                command,
                files=pending.files,
                has_text=pending.has_text,
                reason=reason,
            )
        self._editor.message_returned(
            pending.number, command.kind, slug=slug, read_up_to=self._find_newest(pending.number)
        )

    def _find_newest(self, number: int) -> int:
        """Returns the seq of the newest message that others wrote, as far as it is known."""
        store = self._services.context.store
        others = (
            message.seq
            for message in store.messages.get(number, ())
            if store.actor is None or not is_own_actor(message.author, store.actor)
        )
        return max(others, default=0)

    def _discard_draft_of(self, pending: PendingCommand) -> None:
        drafts, command = self._services.context.drafts, pending.command
        if drafts is None or not isinstance(command, AddMessage):
            return
        draft = drafts.get(pending.number, command.kind)
        if draft is not None and draft.key == pending.key:
            drafts.finish(pending.number, command.kind)

    def change_presence(self, request: ChangePresence) -> None:
        """Reports the presence that the agent chose."""
        self._services.run_in_session(lambda session: session.change_presence(request.presence))


def _new_command(send: SendCommand) -> NewCommand:
    return NewCommand(
        number=send.number,
        command=send.command,
        done=send.done,
        key=send.key or "",
        files=tuple(map(str, send.files)),
        has_text=send.has_text,
    )
