"""The outbox as a list to choose from: what waits, what was refused, and what is not sent yet."""

from collections.abc import Sequence
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
from tui.model.drafts import Draft
from tui.model.pending_commands import PendingCommand, PendingCommands
from tui.model.store import Store
from tui.text import formatting, safe_text

ALL_REFUSALS: Final = "aside"
"""The value of the line that puts all refusals aside."""
_QUOTED: Final = 30


def list_outbox_options(store: Store, drafts: Sequence[Draft], now: datetime) -> list[PickerOption]:
    """Returns what was refused, then what waits, then the drafts, each in its order."""
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
    failed = [_describe_draft(it, store) for it in drafts if it.not_sent]
    kept = [_describe_draft(it, store) for it in drafts if not it.not_sent]
    return [*refused, *([aside] if len(refused) > 1 else []), *failed, *waiting, *kept]


def name_draft(draft: Draft) -> str:
    """Returns the value of a draft's line: `reply 17`."""
    return f"{draft.kind} {draft.number}"


def _describe_draft(draft: Draft, store: Store) -> PickerOption:
    ticket = store.tickets.get(draft.number)
    sign, hint = ("✗", f"NOT SENT: {draft.not_sent}") if draft.not_sent else ("✎", "")
    hint = hint or (ticket.subject if ticket else "draft")
    return PickerOption(
        name_draft(draft), f"{sign} #{draft.number} {draft.kind}: {_quote(draft.text)}", hint
    )


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
        return f"{command.kind}: {_quote(command.body)}"
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


def _quote(text: str) -> str:
    first = safe_text.clean_line(text.strip().partition("\n")[0])
    return f"“{formatting.truncate_text(first, _QUOTED)}”"


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
