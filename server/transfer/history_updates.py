"""Finds the new entries of a history, for tickets that were imported before."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeAlias

from common.errors import Invalid
from common.tickets.redacting import TicketRedacted
from server.storage.queries.log.event_log import LogEntry as Logged
from server.transfer.file_format import EntryKind, TransferEntry

_EntryKey: TypeAlias = tuple[datetime, str, str | None]


def find_new_entries(
    entries: tuple[TransferEntry, ...],
    log: list[Logged],
    recorded: tuple[TransferEntry, ...],
    is_idle: Callable[[TransferEntry], bool] = lambda _: False,
) -> tuple[TransferEntry, ...]:
    """Returns the entries that are not in the ticket's log; `recorded` is the log as entries.

    Returns nothing if all of them repeat the present state of the ticket (`is_idle`). Entries up to
    the last imported event count as known, because an entry that repeated the state of its time
    left no event. Raises Invalid if a new entry is earlier than a later event here, because the log
    is not rewritten.

    A redaction is not part of the history. After one, messages are compared by time and type alone,
    so that the removed text does not come back.
    """
    events = [event for event in log if event.type != TicketRedacted.type]
    key_of = _entry_key if len(events) == len(log) else _textless_key
    moved_in_until = max((it.at for it in _imported_events(events)), default=log[0].at)
    known = Counter(key_of(entry) for entry in recorded if entry.at >= moved_in_until)
    fresh = tuple(
        entry
        for entry in entries
        if entry.at >= moved_in_until and not _is_known(key_of(entry), known)
    )
    if all(is_idle(entry) for entry in fresh):
        return ()
    latest = max(it.at for it in events)
    for entry in fresh:
        if entry.at < latest:
            pointer = f"/history/{entries.index(entry)}/at"
            raise Invalid.for_field(
                pointer, f"is new, but earlier than the last event here at {latest}"
            )
    return fresh


def _imported_events(log: list[Logged]) -> Iterable[Logged]:
    """Yields the events before the first live one, after which a ticket has SLA targets."""
    for event in log:
        if event.detail.ticket and event.detail.ticket.sla:
            return
        yield event


def _is_known(key: _EntryKey, known: Counter[_EntryKey]) -> bool:
    known[key] -= 1
    return known[key] >= 0


def _entry_key(entry: TransferEntry) -> _EntryKey:
    """Returns the key of an entry; assigning to nobody counts as `unassign`."""
    is_unassigning = entry.type is EntryKind.ASSIGN and entry.to is None
    kind = EntryKind.UNASSIGN if is_unassigning else entry.type
    return entry.at, kind.value, entry.body or None


def _textless_key(entry: TransferEntry) -> _EntryKey:
    at, kind, _ = _entry_key(entry)
    return at, kind, None
