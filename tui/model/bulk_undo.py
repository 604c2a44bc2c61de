"""Undoes a bulk change as one: the inverse of each ticket's change, equal ones together. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from common.bulk import BulkResult
from common.errors import RequestRefused
from common.people import Actor
from common.tickets.registry import Command
from common.wire import TicketView
from tui.model.inverse_commands import build_inverse
from tui.model.outbox import has_values
from tui.model.predicted_tickets import FieldChanges, combine_changes, decide_on_view

BulkJobs = list[tuple[Command, list[int]]]
"""Commands, each with the tickets that it is for."""


class UndoStep(Struct, frozen=True):
    """The command that undoes a change of one ticket, and what it changed."""

    inverse: Command
    changes: FieldChanges


def find_inverses(
    command: Command, tickets: Iterable[TicketView], actor: Actor, now: datetime
) -> dict[int, UndoStep]:
    """Returns what undoes the command, for each ticket on which something undoes it."""
    found = {view.number: _find_inverse(command, view, actor, now) for view in tickets}
    return {number: inverse for number, inverse in found.items() if inverse is not None}


def _find_inverse(
    command: Command, view: TicketView, actor: Actor, now: datetime
) -> UndoStep | None:
    try:
        events = decide_on_view(command, view, actor, now)
    except RequestRefused:
        return None
    changes = combine_changes(events)
    inverse = build_inverse(command, changes, actor, now)
    return None if inverse is None else UndoStep(inverse, changes)


def has_final_change(
    command: Command, tickets: Iterable[TicketView], actor: Actor, now: datetime
) -> bool:
    """Returns whether the command changes a ticket in a way that no command undoes.

    Others have read it then, or were told of it: such a change is held before it is sent.
    """
    for view in tickets:
        try:
            changes = combine_changes(decide_on_view(command, view, actor, now))
        except RequestRefused:
            continue
        if changes and build_inverse(command, changes, actor, now) is None:
            return True
    return False


def plan_undo(
    steps: Mapping[int, UndoStep],
    results: Iterable[BulkResult],
    tickets: Mapping[int, TicketView],
) -> BulkJobs:
    """Returns what undoes a bulk change.

    A ticket on which somebody has changed the same since is left alone.
    """
    together: dict[Command, list[int]] = defaultdict(list)
    for result in results:
        ticket, step = tickets.get(result.number), steps.get(result.number)
        if result.changed and step and ticket and has_values(ticket, step.changes):
            together[step.inverse].append(result.number)
    return list(together.items())
