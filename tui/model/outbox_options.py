"""The outbox as a list to choose from: what waits, and what was refused."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import UNSET

from common.endpoints import TICKET_COMMANDS
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.registry import Command
from common.tickets.replying import AddMessage
from tui.model.choices import PickerOption
from tui.model.pending_commands import PendingCommand, PendingCommands
from tui.model.store import Store
from tui.text import formatting

ALL_REFUSALS: Final = "aside"
"""The value of the line that puts all refusals aside."""
_QUOTED: Final = 30


def list_outbox_options(store: Store, now: datetime) -> list[PickerOption]:
    """Returns the refusals, and then what waits, each in its order."""
    pending: PendingCommands = store.pending
    refused = [
        PickerOption(
            one.pending.key, f"✗ {describe_pending(one.pending, store)}", f"NOT DONE: {one.reason}"
        )
        for one in pending.refused
    ]
    aside = PickerOption(ALL_REFUSALS, "put all that was not done aside", "it leaves this list")
    waiting = [
        PickerOption(one.key, f"↑ {describe_pending(one, store)}", _describe_wait(one, now))
        for one in pending.waiting
    ]
    return [*refused, *([aside] if len(refused) > 1 else []), *waiting]


def _describe_wait(pending: PendingCommand, now: datetime) -> str:
    if not pending.is_unsent:
        return "sent, no answer yet"
    if pending.send_after is not None and pending.is_held(now):
        seconds = max(round((pending.send_after - now) / timedelta(seconds=1)), 1)
        return f"sent in {seconds} s; enter takes it back"
    return "waits; enter takes it back"


def describe_pending(pending: PendingCommand, store: Store) -> str:
    """Returns a command in a few words, with its ticket: `#17 claim`."""
    return f"#{pending.number} {_describe_command(pending.command, store)}"


def _describe_command(command: Command, store: Store) -> str:
    if isinstance(command, AddMessage):
        first = command.body.partition("\n")[0]
        return f"{command.kind}: “{formatting.truncate_text(first, _QUOTED)}”"
    if isinstance(command, EditTicket):
        return _describe_edits(command)
    if isinstance(command, AssignTicket) and command.user_id is not None:
        person = store.users.get(command.user_id)
        return f"give to {person.name if person else command.user_id}"
    if isinstance(command, ClaimTicket):
        return "claim"
    if isinstance(command, ReleaseTicket | AssignTicket):
        return "back to the queue"
    return TICKET_COMMANDS[type(command)].name.removeprefix("ticket.")


def _describe_edits(command: EditTicket) -> str:
    given = ((name, getattr(command, name)) for name in EditTicket.__struct_fields__)
    words = [
        f"{name.replace('_', ' ')} {_format_value(value)}"
        for name, value in given
        if value is not UNSET
    ]
    return ", ".join(words)


def _format_value(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or "none"
    if isinstance(value, datetime):
        return f"{value.astimezone():%d %b %H:%M}"
    return "none" if value is None else str(value)
