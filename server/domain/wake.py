"""When something is due to a ticket: a candidate for each kind, and the next of them all.

What is then done stands in `server/desk/keeping.py`, a rule for each candidate.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias

from common.organization import Settings
from common.tickets.ticket import Status, Ticket
from server.domain.calendar import MINUTE
from server.domain.instant import stored
from server.domain.terms import Terms

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


CANDIDATES: Final[tuple[Candidate, ...]] = (promise, snooze, closing)


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
