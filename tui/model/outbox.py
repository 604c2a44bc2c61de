"""The outbox: the agent's commands from the key to the server's confirmation, on disk meanwhile.

It decides what is shown, held, sent, taken back and refused; `tui/network/command_sender.py` sends.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Final
from uuid import uuid4

from msgspec import UNSET, Struct
from msgspec.structs import replace

from common.errors import RequestRefused
from common.people import Actor
from common.tickets.editing import EditTicket
from common.tickets.registry import Command
from common.tickets.replying import AddMessage
from common.tickets.ticket import UNRESOLVED
from common.wire import TicketView
from tui import clock
from tui.model.available_actions import explain_refusal
from tui.model.inverse_commands import build_inverse
from tui.model.outbox_file import (
    AddedLine,
    GoneLine,
    OutboxFile,
    OutboxLine,
    RefusedLine,
    SentLine,
    StoredCommands,
    VersionLine,
)
from tui.model.pending_commands import (
    KEY_LIFETIME,
    PendingCommand,
    PendingCommands,
    RefusedCommand,
)
from tui.model.predicted_tickets import (
    PREDICTED,
    FieldChanges,
    combine_changes,
    is_own_actor,
    predict_events,
    predict_ticket,
    ticket_from_view,
)
from tui.model.store import Store
from tui.model.working_times import HOLD

_HOURS: Final = KEY_LIFETIME // timedelta(hours=1)
_EXPIRED: Final = f"It was sent {_HOURS} hours ago without an answer: check whether it arrived."
_OVERTAKEN: Final = "#{} has changed meanwhile: check it again."


class NewCommand(Struct, frozen=True, kw_only=True):
    """A command that the agent has just made; `done` is the sentence that says that it is done."""

    number: int
    command: Command
    done: str
    key: str = ""
    """The Idempotency-Key, where it has one already."""
    files: tuple[str, ...] = ()
    has_text: bool = True


class MadeCommand(Struct, frozen=True, kw_only=True):
    """A command that was made, its changes, and the command that undoes it, if there is one."""

    pending: PendingCommand
    changes: FieldChanges
    inverse: Command | None


class Submission(Struct, frozen=True):
    """The outcome of making commands together: some may be against the rules."""

    made: tuple[MadeCommand, ...]
    refused: tuple[tuple[NewCommand, str], ...]
    """Each with the reason, as a sentence."""


class Outbox:
    """The commands of one agent that the server has not confirmed.

    `on_change` is called after each change; `on_refused` before a refused command leaves the disk,
    so that its text is somewhere at any time. It returns True if the agent has it back, for
    example as a draft: it is not listed then.
    """

    def __init__(self, store: Store, file: OutboxFile, hold: timedelta = HOLD) -> None:
        """`hold` is how long what cannot be undone waits before it is sent; zero: not at all."""
        self._store, self._file, self._hold = store, file, hold
        self.save_error = ""
        """The reason for which commands are in memory alone; empty: they are on disk."""
        self.on_change: Callable[[], None] = lambda: None
        self.on_refused: Callable[[RefusedCommand], bool] = lambda _refused: False
        self._expected: dict[str, FieldChanges] = {}

    @property
    def pending(self) -> PendingCommands:
        """The commands that are not confirmed, and the refusals."""
        return self._store.pending

    @property
    def is_synced(self) -> bool:
        """Returns whether all commands are on the disk, for a machine that loses its power."""
        return self._file.is_synced

    def open(self) -> None:
        """Takes what was not confirmed when the program last ended."""
        found = StoredCommands()
        try:
            found = self._file.open_and_take_over()
        except OSError as error:
            self.save_error = _explain_os_error(error)
        known = PendingCommands(found.pending.values(), found.refused.values())
        self._store.replace_pending(known)

    def close(self) -> int:
        """Gives the file up, with what waits for the next start; returns how many commands."""
        left = len(self.pending.waiting)
        self._file.close(is_empty=not (left or self.pending.refused))
        self._store.replace_pending(PendingCommands())
        return left

    # -- what the agent does

    def submit(self, commands: Sequence[NewCommand]) -> Submission:
        """Takes commands that the agent made together, and shows what they do."""
        made: list[MadeCommand] = []
        refused: list[tuple[NewCommand, str]] = []
        for new in commands:
            try:
                one = self._make(new, clock.read_server_time())
            except RequestRefused as error:
                refused.append((new, self._explain(error, new.number)))
                continue
            made.append(one)
            self.pending.add(one.pending)
            if len(commands) > 1:  # the next one may be for the same ticket
                self._store.show_pending({new.number})
        self._save(*(AddedLine.from_pending(one.pending) for one in made))
        self._show({one.pending.number for one in made}, is_own=True)
        return Submission(tuple(made), tuple(refused))

    def _make(self, new: NewCommand, now: datetime) -> MadeCommand:
        """Raises RequestRefused where the rules are against it."""
        view, actor = self._store.tickets.get(new.number), self._store.actor
        base = self._store.find_confirmed_ticket(new.number)
        pending = PendingCommand(
            key=new.key or str(uuid4()),
            number=new.number,
            command=new.command,
            made_at=now,
            done=new.done,
            seen_seq=base.last_seq if base else 0,
            echo_after=base.last_seq if base else 0,
            files=new.files,
            has_text=new.has_text,
        )
        if view is None or actor is None or not isinstance(new.command, PREDICTED):
            return MadeCommand(pending=pending, changes={}, inverse=None)
        changes = combine_changes(predict_events(pending, view, actor))
        inverse = build_inverse(new.command, changes, actor, now)
        is_held = (
            inverse is None and self._hold and (changes or isinstance(new.command, AddMessage))
        )
        held = replace(pending, send_after=now + self._hold) if is_held else pending
        return MadeCommand(pending=held, changes=changes, inverse=inverse)

    def withdraw(self, key: str) -> PendingCommand | None:
        """Takes back a command that was never sent, and returns it; None: it may be done."""
        held = self.pending.withdraw(key)
        if held is not None:
            self._save(GoneLine(key))
            self._show({held.number})
        return held

    def take_back(self, made: MadeCommand) -> str | None:
        """Undoes a command that was sent, by its inverse. Returns why not; None: it is under way.

        It needs what the command changed to be still as the command left it.
        """
        first = made.pending
        held = self.pending.get(first.key)
        if made.inverse is None:
            return f"#{first.number}: it has been sent."
        if any(one.pending.key == first.key for one in self.pending.refused):
            return f"#{first.number}: it was refused."
        base, version, follows = self._store.find_confirmed_ticket(first.number), None, first.key
        if held is None or held.is_confirmed:
            if base is None or not has_values(base, made.changes):
                return f"#{first.number}: others have changed it meanwhile."
            version, follows = base.version, ""
        undoing = PendingCommand(
            key=str(uuid4()),
            number=first.number,
            command=made.inverse,
            made_at=clock.read_server_time(),
            done=f"Undone: {first.done}",
            seen_seq=base.last_seq if base else 0,
            version=version,
            follows=follows,
        )
        self._expected[undoing.key] = made.changes
        self.pending.add(undoing)
        self._save(AddedLine.from_pending(undoing))
        self._show({first.number})
        return None

    def release_holds(self) -> None:
        """Lets everything be sent now."""
        self.pending.release()
        self.on_change()

    def dismiss(self, key: str) -> None:
        """Puts a refusal aside that the agent has read."""
        self.pending.dismiss(key)
        self._save(GoneLine(key))
        self._show(())

    # -- what the sender does

    def list_sendable(
        self, busy: Collection[int], limit: int, now: datetime
    ) -> list[PendingCommand]:
        """Returns commands to send now, the oldest of each ticket, for tickets not in `busy`.

        What does not hold any more, after what others did, is refused here.
        """
        ready: list[PendingCommand] = []
        while len(ready) < limit:
            taken = {*busy, *(one.number for one in ready)}
            found = list(islice(self.pending.iterate_sendable(now, taken), limit - len(ready)))
            if not found:
                break
            for one in found:
                broken = self._find_broken(one, now)
                if broken is None:
                    ready.append(one)
                else:
                    self.refuse(one.key, *broken)
        return ready

    def _find_broken(self, pending: PendingCommand, now: datetime) -> tuple[str, str] | None:
        """Returns why a command is not to be sent any more, and the slug; None: it is."""
        if pending.is_key_expired(now):
            return _EXPIRED, ""
        base, actor = self._store.find_confirmed_ticket(pending.number), self._store.actor
        if not pending.is_unsent or base is None or actor is None:
            return None
        before = takewhile(lambda one: one.key != pending.key, self.pending.list_of(base.number))
        view = predict_ticket(base, list(before), actor, self._store.users)
        if self._is_overtaken(pending, base):
            return _OVERTAKEN.format(base.number), ""
        unread_ids = self._list_unread(pending, actor)
        try:
            predict_events(replace(pending, made_at=now), view, actor, unread_ids)
        except RequestRefused as error:
            return explain_refusal(error, view), error.slug
        return None

    def _is_overtaken(self, pending: PendingCommand, base: TicketView) -> bool:
        """Returns whether others did something to a ticket that the agent wanted to finish."""
        status = pending.command.status if isinstance(pending.command, EditTicket) else UNSET
        if status is UNSET or status in UNRESOLVED:
            return False
        return self._store.last_activity_seq(base) > pending.seen_seq

    def _list_unread(self, pending: PendingCommand, actor: Actor) -> tuple[int, ...]:
        """Returns the ids of messages that others wrote since the agent read the conversation."""
        after = pending.command.after_seq if isinstance(pending.command, AddMessage) else UNSET
        if after is UNSET:
            return ()
        messages = self._store.messages.get(pending.number, ())
        return tuple(
            it.id for it in messages if it.seq > after and not is_own_actor(it.author, actor)
        )

    def mark_sent(self, keys: Collection[str]) -> None:
        """Records that the server may know commands from now on; call `sync` before sending."""
        now = clock.read_server_time()
        fresh = [key for key in keys if (it := self.pending.get(key)) and it.is_unsent]
        for key in fresh:
            self.pending.mark_sent(key, now)
        self._save(*(SentLine(key, now) for key in fresh))

    def sync(self) -> None:
        """Waits until everything is on the disk; may be called on another thread."""
        try:
            self._file.sync()
        except OSError as error:
            self.save_error = _explain_os_error(error)

    def confirm(self, key: str, seq: int, version: int | None = None) -> None:
        """Records that a command was done: its last event, and the ticket's version then."""
        held = self.pending.get(key)
        if held is None:
            return
        self.pending.confirm(key, seq, version)
        self._expected.pop(key, None)
        followers = [one for one in self.pending.list_of(held.number) if one.follows == key]
        lines = [VersionLine(one.key, version) for one in followers if version is not None]
        self._save(GoneLine(key), *lines)
        self._show({held.number})

    def refuse(self, key: str, reason: str, slug: str = "") -> None:
        """Takes back a command that was refused."""
        held = self.pending.get(key)
        if held is None:
            return
        refused = RefusedCommand(held, reason, clock.read_server_time(), slug)
        self._expected.pop(key, None)
        is_given_back = self.on_refused(refused)
        undone = [one.key for one in self.pending.list_of(held.number) if one.follows == key]
        self.pending.refuse(refused)
        self._save(RefusedLine(key, reason, refused.at), *map(GoneLine, undone))
        self._show({held.number})
        if is_given_back:
            self.dismiss(key)

    def renew_stale(self, key: str, latest: TicketView) -> bool:
        """Makes a command that undoes another one ready for a newer version of the ticket.

        False: what it would undo was changed by others.
        """
        held, expected = self.pending.get(key), self._expected.pop(key, None)
        self._store.merge_tickets([latest])
        if held is None or expected is None or not has_values(latest, expected):
            return False
        renewed = replace(held, key=str(uuid4()), version=latest.version, sent_at=None)
        self._expected[renewed.key] = expected
        self.pending.renew(key, renewed)
        self._save(GoneLine(key), AddedLine.from_pending(renewed))
        self.on_change()
        return True

    # -- within

    def _explain(self, error: RequestRefused, number: int) -> str:
        view = self._store.tickets.get(number)
        return explain_refusal(error, view) if view else error.detail

    def _show(self, numbers: Collection[int], *, is_own: bool = False) -> None:
        self._store.show_pending(numbers, is_own=is_own)
        self.on_change()

    def _save(self, *lines: OutboxLine) -> None:
        """Writes lines; after a failure, everything."""
        if not lines:
            return
        try:
            if self.save_error:
                self._file.write_all(self.pending.waiting, self.pending.refused)
            else:
                self._file.append(*lines)
        except OSError as error:
            self.save_error = _explain_os_error(error)
        else:
            self.save_error = ""


def has_values(view: TicketView, changes: FieldChanges) -> bool:
    """Returns whether a ticket has the new values of these changes."""
    ticket = ticket_from_view(view)
    return all(getattr(ticket, field) == new for field, (_, new) in changes.items())


def _explain_os_error(error: OSError) -> str:
    return error.strerror or str(error)
