"""Undoes a bulk change as one: the inverse of each ticket's change, equal ones together. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from common.bulk import BulkResult
from common.errors import RequestRefused
from common.people import Actor
from common.tickets.registry import Command
from common.wire import TicketView
from tui.model.inverse_commands import build_inverse
from tui.model.predicted_tickets import combine_changes, ticket_from_view

BulkJobs = list[tuple[Command, list[int]]]
"""Commands, each with the tickets that it is for."""


def find_inverses(
    command: Command, tickets: Iterable[TicketView], actor: Actor, now: datetime
) -> dict[int, Command]:
    """Returns the command that undoes this one, for each ticket on which something undoes it."""
    found = {view.number: _find_inverse(command, view, actor, now) for view in tickets}
    return {number: inverse for number, inverse in found.items() if inverse is not None}


def _find_inverse(
    command: Command, view: TicketView, actor: Actor, now: datetime
) -> Command | None:
    try:
        events = command.decide(ticket_from_view(view), actor, now)
    except RequestRefused:
        return None
    return build_inverse(command, combine_changes(events), actor, now)


def plan_undo(
    inverses: Mapping[int, Command],
    results: Iterable[BulkResult],
    tickets: Mapping[int, TicketView],
) -> BulkJobs:
    """Returns what undoes a bulk change; tickets that have changed since are left alone."""
    together: dict[Command, list[int]] = defaultdict(list)
    for result in results:
        ticket, inverse = tickets.get(result.number), inverses.get(result.number)
        is_same = ticket is not None and ticket.version == result.version
        if result.changed and inverse is not None and is_same:
            together[inverse].append(result.number)
    return list(together.items())
