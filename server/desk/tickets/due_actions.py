"""Applies time-based changes to tickets: SLA alarms, wake-up, auto-close, owner timeout.

Each change has the time at which it was due, however late the timekeeper runs. A command to a
ticket applies what is due first, so the result does not depend on the timekeeper. A change that was
applied is not due any more, so several servers may look after the same tickets.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from common.organization import OrganizationSettings
from common.tickets.event import TicketEvent
from common.tickets.routing import OWNER_TIMEOUT
from common.tickets.sla_events import SlaBreached, SlaWarning
from common.tickets.ticket import Status, Ticket
from common.tickets.transitions import TicketClosed
from server.desk.recording import event_recorder, ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.routing import ticket_returns
from server.domain import sla_rules, timers
from server.domain.sla_rules import Alarm
from server.domain.timestamps import from_microseconds
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.ticket import tickets

_MAX_STEPS: Final = 50
"""Changes that are applied to one ticket at once. The rest is applied at the next poll."""


class DueAction(NamedTuple):
    """Events that are due since `at`, in microseconds since 1970."""

    at: int
    events: list[TicketEvent]


DueRule: TypeAlias = Callable[[UnitOfWork, Ticket, int], DueAction | None]
"""Returns what is due to a ticket by `work.now`, or None.

Its events must make it due later, or never. The last argument is the planned wake time: what a
changed setting makes due is not due before it.
"""


def run_due_actions(work: UnitOfWork, number: int) -> None:
    """Applies what is due to a ticket, or else writes when something is due next."""
    ticket = tickets.find_ticket(work.writing, work.actor.org_id, number)
    if ticket is not None and apply_due_actions(work, ticket) is ticket:
        tickets.set_wake_time(
            work.writing, ticket, ticket_repository.compute_wake_time(work, ticket)
        )


def apply_due_actions(work: UnitOfWork, ticket: Ticket) -> Ticket:
    """Applies everything that is due, oldest first, by the system; returns the ticket after it."""
    if not _is_due(work, ticket):
        return ticket
    since = _planned_wake_time(work, ticket)
    for _ in range(_MAX_STEPS):
        due = _next_due_action(work, ticket, since)
        if due is None:
            break
        system_work = work.act_as(make_system_actor(work.actor.org_id), from_microseconds(due.at))
        ticket = event_recorder.apply_events(system_work, ticket, due.events)
    return ticket


def reschedule_due_actions(
    work: UnitOfWork, before: OrganizationSettings, after: OrganizationSettings
) -> None:
    """Wakes the tickets to which something is due at another time under the new settings."""
    if before.auto_close_hours != after.auto_close_hours:
        tickets.wake_tickets_of_status(
            work.writing, work.actor.org_id, Status.RESOLVED, work.now_microseconds
        )
    if _owner_timeout_settings(before) != _owner_timeout_settings(after):
        tickets.wake_assigned_tickets(work.writing, work.actor.org_id, work.now_microseconds)


def _owner_timeout_settings(settings: OrganizationSettings) -> object:
    """The settings that decide when an owner times out; None where none ever does."""
    minutes = settings.assignment.owner_timeout_minutes
    calendar = settings.timezone, settings.business_hours, settings.holidays
    return None if minutes is None else (minutes, calendar)


def _is_due(work: UnitOfWork, ticket: Ticket) -> bool:
    wake_at = ticket_repository.compute_wake_time(work, ticket)
    return wake_at is not None and wake_at <= work.now_microseconds


def _planned_wake_time(work: UnitOfWork, ticket: Ticket) -> int:
    """Returns when the timekeeper was to look at the row; a change of settings sets it to now."""
    planned, now = (
        tickets.read_wake_time(work.writing, ticket.org_id, ticket.number),
        work.now_microseconds,
    )
    return now if planned is None else min(planned, now)


def _next_due_action(work: UnitOfWork, ticket: Ticket, since: int) -> DueAction | None:
    """Returns the earliest action that is due by now."""
    if not _is_due(work, ticket):
        return None
    found = (rule(work, ticket, since) for rule in DUE_RULES)
    return min((due for due in found if due is not None), key=lambda due: due.at, default=None)


def _sla_alarm_action(work: UnitOfWork, ticket: Ticket, _since: int) -> DueAction | None:
    if ticket.sla is None:
        return None
    alarm = sla_rules.find_due_alarm(ticket.sla, work.now_microseconds, work.sequence.policy_book)
    if alarm is None:
        return None
    event = SlaBreached if alarm.alarm is Alarm.BREACH else SlaWarning
    changes = ticket.find_changes({"sla": alarm.sla})
    return DueAction(alarm.at, [event(changes=changes, target=alarm.name)])


def _wake_up_action(work: UnitOfWork, ticket: Ticket, _since: int) -> DueAction | None:
    at = timers.find_wake_up_time(ticket, work.settings, work.sequence.policy_book.present)
    if at is None or at > work.now_microseconds:
        return None
    return DueAction(at, [TicketEvent(changes=ticket.find_changes({"snoozed_until": None}))])


def _auto_close_action(work: UnitOfWork, ticket: Ticket, since: int) -> DueAction | None:
    at = timers.find_auto_close_time(ticket, work.settings, work.sequence.policy_book.present)
    if at is None or at > work.now_microseconds:
        return None
    at = max(at, since)
    return DueAction(
        at,
        [
            TicketClosed(
                changes=ticket.find_changes(
                    ticket.status_values(Status.CLOSED, from_microseconds(at))
                )
            )
        ],
    )


def _unroutable_action(work: UnitOfWork, ticket: Ticket, since: int) -> DueAction | None:
    at = timers.find_unroutable_time(ticket, work.settings, work.sequence.policy_book.present)
    if at is None or at > work.now_microseconds or ticket.routing is None:
        return None
    at = max(at, since)
    routing = replace(ticket.routing, alarmed_at=from_microseconds(at))
    return DueAction(at, [TicketEvent(changes=ticket.find_changes({"routing": routing}))])


def _owner_timeout_action(work: UnitOfWork, ticket: Ticket, since: int) -> DueAction | None:
    at = timers.find_owner_timeout(ticket, work.settings, work.sequence.policy_book.present)
    if at is None or at > work.now_microseconds:
        return None
    at = max(at, since)
    return DueAction(at, [ticket_returns.build_release(ticket, OWNER_TIMEOUT, for_good=True)])


DUE_RULES: Final[tuple[DueRule, ...]] = (
    _sla_alarm_action,
    _wake_up_action,
    _auto_close_action,
    _unroutable_action,
    _owner_timeout_action,
)
"""The rules, one for each candidate of `server/domain/timers.py`."""
