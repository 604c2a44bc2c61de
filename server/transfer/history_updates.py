"""Finds the new entries of a history, for tickets that were imported before."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeAlias

from common.errors import Invalid
from common.tickets.redacting import Redacted
from server.storage.queries.event_log import Entry as Logged
from server.transfer.file_format import Entry, Kind

_Key: TypeAlias = tuple[datetime, str, str | None]


def new_entries(
    entries: tuple[Entry, ...],
    log: list[Logged],
    told: tuple[Entry, ...],
    is_idle: Callable[[Entry], bool] = lambda _: False,
) -> tuple[Entry, ...]:
    """Returns the entries that are not in the ticket's log, which `told` tells as entries.

    None is returned where all of them repeat the ticket's present state, as `is_idle` knows. What
    was moved in is known up to the time of its last event, because an entry that repeated the
    state of its time left no event. Raises Invalid where something has happened here since that
    lies after an entry which is new: a log is not rewritten.

    A redaction is no part of the history. Where one took words out of a ticket, a message is known
    by its time and kind alone, so that those words do not come back.
    """
    events = [event for event in log if event.type != Redacted.type]
    key_of = _key if len(events) == len(log) else _wordless_key
    moved_in_until = max((it.at for it in _moved_in(events)), default=log[0].at)
    known = Counter(key_of(entry) for entry in told if entry.at >= moved_in_until)
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
            raise Invalid.at(pointer, f"is new, and lies before what happened here at {latest}")
    return fresh


def _moved_in(log: list[Logged]) -> Iterable[Logged]:
    """The events up to the first live one: from then on a ticket has promises."""
    for event in log:
        if event.detail.ticket and event.detail.ticket.sla:
            return
        yield event


def _is_known(key: _Key, known: Counter[_Key]) -> bool:
    known[key] -= 1
    return known[key] >= 0


def _key(entry: Entry) -> _Key:
    """Returns what tells entries of one time apart; assigning to nobody counts as `unassign`."""
    is_unassigning = entry.type is Kind.ASSIGN and entry.to is None
    kind = Kind.UNASSIGN if is_unassigning else entry.type
    return entry.at, kind.value, entry.body or None


def _wordless_key(entry: Entry) -> _Key:
    at, kind, _ = _key(entry)
    return at, kind, None
