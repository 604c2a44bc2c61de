"""When something is due to a ticket: a candidate for each kind, and the next of them all.

What is then done stands in `server/desk/due_actions.py`, a rule for each candidate.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias

from common.organization import AssignmentMode, Settings
from common.tickets.sla import Target
from common.tickets.ticket import Status, Ticket
from server.domain.calendar import MINUTE
from server.domain.policy_version import Terms
from server.domain.queue_entry import holder, waits_for
from server.domain.timestamps import stored

Candidate: TypeAlias = Callable[[Ticket, Settings, Terms], int | None]
"""The instant at which this is due to the ticket, in microseconds since 1970; None for never."""


def promise(ticket: Ticket, _settings: Settings, _terms: Terms) -> int | None:
    """A warning or a breach."""
    return ticket.sla.alarm_at if ticket.sla else None


def snooze(ticket: Ticket, _settings: Settings, _terms: Terms) -> int | None:
    """The end of its sleep."""
    if ticket.snoozed_until is None or ticket.status is Status.CLOSED:
        return None
    return _since(ticket, ticket.snoozed_until)


def closing(ticket: Ticket, settings: Settings, _terms: Terms) -> int | None:
    """What has been resolved for so many hours is closed."""
    if ticket.status is not Status.RESOLVED or ticket.resolved_at is None:
        return None
    return _since(ticket, ticket.resolved_at) + settings.auto_close_hours * 60 * MINUTE


def unfound(ticket: Ticket, settings: Settings, terms: Terms) -> int | None:
    """Nobody has been found for five minutes, or for half of the promise to answer: it is told."""
    by_hand = settings.assignment.mode is AssignmentMode.MANUAL
    if by_hand or waits_for(ticket) is None or ticket.routing is None or ticket.routing.alarmed_at:
        return None
    since = stored(ticket.queued_at or ticket.created_at)
    first = ticket.sla.first_response if ticket.sla else None
    return min(since + PATIENCE, max(since, _halfway(first, since, terms)))


def lying(ticket: Ticket, settings: Settings, terms: Terms) -> int | None:
    """Its agent's business minutes have gone by without an answer or a change of status."""
    minutes = settings.assignment.owner_timeout_minutes
    if minutes is None or ticket.owned_since is None or holder(ticket) is None:
        return None
    return terms.calendar.reach(stored(ticket.owned_since), minutes * MINUTE)


PATIENCE: Final = 5 * MINUTE


def _halfway(first: Target | None, since: int, terms: Terms) -> int:
    """When half of the time to answer is spent; where that is later than it matters, any later."""
    if first is None or first.goal is None or first.since is None:
        return since + PATIENCE
    left = first.goal // 2 - first.spent
    if left >= PATIENCE and first.since >= since:
        return since + PATIENCE
    return terms.calendar.reach(first.since, max(left, 0)) or since + PATIENCE


CANDIDATES: Final[tuple[Candidate, ...]] = (promise, snooze, closing, unfound, lying)


def at(ticket: Ticket, settings: Settings, terms: Terms) -> int | None:
    """The next instant at which anything is due; never for one that nothing live happened to."""
    if ticket.sla is None:
        return None
    dues = (candidate(ticket, settings, terms) for candidate in CANDIDATES)
    return min((due for due in dues if due is not None), default=None)


def _since(ticket: Ticket, instant: datetime) -> int:
    """The instant; for what lies before an imported ticket was taken up, when it was."""
    taken_up_at = ticket.sla.taken_up_at if ticket.sla else None
    return max(stored(instant), taken_up_at or 0)
