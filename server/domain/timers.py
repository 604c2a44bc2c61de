"""Computes when the next time-based change of a ticket is due.

`server/desk/tickets/due_actions.py` has the action of each rule.
See docs/domain.md, "What the clock does".
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias

from common.organization import AssignmentMode, OrganizationSettings
from common.tickets.sla import Target
from common.tickets.ticket import Status, Ticket
from server.domain.calendar import MINUTE
from server.domain.policy_version import PolicyVersion
from server.domain.queue_entry import find_holder, waits_for_agent
from server.domain.timestamps import to_microseconds

TimerRule: TypeAlias = Callable[[Ticket, OrganizationSettings, PolicyVersion], int | None]
"""Returns when the change is due, in microseconds since 1970; None for never."""


def find_sla_alarm_time(
    ticket: Ticket, _settings: OrganizationSettings, _terms: PolicyVersion
) -> int | None:
    """Returns when the next SLA warning or breach is due."""
    return ticket.sla.alarm_at if ticket.sla else None


def find_wake_up_time(
    ticket: Ticket, _settings: OrganizationSettings, _terms: PolicyVersion
) -> int | None:
    """Returns when the snooze ends."""
    if ticket.snoozed_until is None or ticket.status is Status.CLOSED:
        return None
    return _clamp_to_import(ticket, ticket.snoozed_until)


def find_auto_close_time(
    ticket: Ticket, settings: OrganizationSettings, _terms: PolicyVersion
) -> int | None:
    """Returns when a resolved ticket is closed."""
    if ticket.status is not Status.RESOLVED or ticket.resolved_at is None:
        return None
    return _clamp_to_import(ticket, ticket.resolved_at) + settings.auto_close_hours * 60 * MINUTE


def find_unroutable_time(
    ticket: Ticket, settings: OrganizationSettings, terms: PolicyVersion
) -> int | None:
    """Returns when supervisors are notified: after 5 minutes or half of the first response goal."""
    by_hand = settings.assignment.mode is AssignmentMode.MANUAL
    if by_hand or not waits_for_agent(ticket):
        return None
    if ticket.routing is None or ticket.routing.alarmed_at:
        return None
    since = to_microseconds(ticket.queued_at or ticket.created_at)
    first = ticket.sla.first_response if ticket.sla else None
    return min(since + UNROUTABLE_AFTER, max(since, _find_response_halfway(first, since, terms)))


def find_owner_timeout(
    ticket: Ticket, settings: OrganizationSettings, terms: PolicyVersion
) -> int | None:
    """Returns when a ticket without a reply or change of status goes back to the queue."""
    minutes = settings.assignment.owner_timeout_minutes
    if minutes is None or ticket.owned_since is None or find_holder(ticket) is None:
        return None
    return terms.calendar.add_microseconds(to_microseconds(ticket.owned_since), minutes * MINUTE)


UNROUTABLE_AFTER: Final = 5 * MINUTE


def _find_response_halfway(first: Target | None, since: int, terms: PolicyVersion) -> int:
    """Returns when half of the response goal is used; any value after UNROUTABLE_AFTER is equal."""
    if first is None or first.goal is None or first.since is None:
        return since + UNROUTABLE_AFTER
    left = first.goal // 2 - first.spent
    if left >= UNROUTABLE_AFTER and first.since >= since:
        return since + UNROUTABLE_AFTER
    return terms.calendar.add_microseconds(first.since, max(left, 0)) or since + UNROUTABLE_AFTER


TIMER_RULES: Final[tuple[TimerRule, ...]] = (
    find_sla_alarm_time,
    find_wake_up_time,
    find_auto_close_time,
    find_unroutable_time,
    find_owner_timeout,
)


def find_next_due_time(
    ticket: Ticket, settings: OrganizationSettings, terms: PolicyVersion
) -> int | None:
    """Returns when anything is due next; None for an import before its first live event."""
    if ticket.sla is None:
        return None
    dues = [find_time(ticket, settings, terms) for find_time in TIMER_RULES]
    return min([due for due in dues if due is not None], default=None)


def _clamp_to_import(ticket: Ticket, instant: datetime) -> int:
    """Returns the instant, but not before the first live event of an imported ticket."""
    taken_up_at = ticket.sla.taken_up_at if ticket.sla else None
    return max(to_microseconds(instant), taken_up_at or 0)
