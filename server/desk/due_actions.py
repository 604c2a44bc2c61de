"""Keeping time: what is due to a ticket is done, each at the instant at which it was due.

The timekeeper asks for it; and whoever acts on a ticket first finds it done, so that what is true
does not depend on when the timekeeper came by. What has been done is not due any more: so several
servers may look after the same tickets.
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
from server.desk import event_recorder, return_to_queue, ticket_repository
from server.desk.unit_of_work import UnitOfWork
from server.domain import sla_rules, timers
from server.domain.sla_rules import Alarm
from server.domain.timestamps import from_microseconds, to_microseconds
from server.storage.queries import tickets
from server.storage.queries.name_resolver import make_system_actor

_MAX_STEPS: Final = 50
"""Steps at once for one ticket. Whatever is left is due at the next look."""


class DueAction(NamedTuple):
    """Something that is due to a ticket since `at`, and the events that do it."""

    at: int
    events: list[TicketEvent]


DueRule: TypeAlias = Callable[[UnitOfWork, Ticket, int], DueAction | None]
"""What is due by the turn's instant. Its events make it due later, or never.

What the settings make due is not due before an instant, at which somebody may have changed them.
"""


def run_due_actions(work: UnitOfWork, number: int) -> None:
    """Does what is due to a ticket. If that is nothing, it is looked at when something is."""
    ticket = tickets.find_ticket(work.writing, work.actor.org_id, number)
    if ticket is not None and apply_due_actions(work, ticket) is ticket:
        tickets.set_wake_time(
            work.writing, ticket, ticket_repository.compute_wake_time(work, ticket)
        )


def apply_due_actions(work: UnitOfWork, ticket: Ticket) -> Ticket:
    """The ticket after all that was due to it, oldest first, by the system."""
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
    """What is due at another time under other settings is looked at again."""
    if before.auto_close_hours != after.auto_close_hours:
        tickets.wake_tickets_of_status(
            work.writing, work.actor.org_id, Status.RESOLVED, to_microseconds(work.now)
        )
    if _owner_timeout_settings(before) != _owner_timeout_settings(after):
        tickets.wake_assigned_tickets(work.writing, work.actor.org_id, to_microseconds(work.now))


def _owner_timeout_settings(settings: OrganizationSettings) -> object:
    """What decides how long a ticket may lie; nothing, where it may for ever."""
    minutes = settings.assignment.owner_timeout_minutes
    calendar = settings.timezone, settings.business_hours, settings.holidays
    return None if minutes is None else (minutes, calendar)


def _is_due(work: UnitOfWork, ticket: Ticket) -> bool:
    wake_at = ticket_repository.compute_wake_time(work, ticket)
    return wake_at is not None and wake_at <= to_microseconds(work.now)


def _planned_wake_time(work: UnitOfWork, ticket: Ticket) -> int:
    """When the row was to be looked at: a change of the settings makes that its own instant."""
    planned, now = (
        tickets.read_wake_time(work.writing, ticket.org_id, ticket.number),
        to_microseconds(work.now),
    )
    return now if planned is None else min(planned, now)


def _next_due_action(work: UnitOfWork, ticket: Ticket, since: int) -> DueAction | None:
    """The earliest that is due by now."""
    if not _is_due(work, ticket):
        return None
    found = (rule(work, ticket, since) for rule in DUE_RULES)
    return min((due for due in found if due is not None), key=lambda due: due.at, default=None)


def _sla_alarm_action(work: UnitOfWork, ticket: Ticket, _since: int) -> DueAction | None:
    if ticket.sla is None:
        return None
    ringing = sla_rules.find_due_alarm(
        ticket.sla, to_microseconds(work.now), work.sequence.policy_book
    )
    if ringing is None:
        return None
    event = SlaBreached if ringing.alarm is Alarm.BREACH else SlaWarning
    changes = ticket.find_changes({"sla": ringing.sla})
    return DueAction(ringing.at, [event(changes=changes, target=ringing.name)])


def _wake_up_action(work: UnitOfWork, ticket: Ticket, _since: int) -> DueAction | None:
    at = timers.find_wake_up_time(ticket, work.settings, work.sequence.policy_book.present)
    if at is None or at > to_microseconds(work.now):
        return None
    return DueAction(at, [TicketEvent(changes=ticket.find_changes({"snoozed_until": None}))])


def _auto_close_action(work: UnitOfWork, ticket: Ticket, since: int) -> DueAction | None:
    at = timers.find_auto_close_time(ticket, work.settings, work.sequence.policy_book.present)
    if at is None or at > to_microseconds(work.now):
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
    if at is None or at > to_microseconds(work.now) or ticket.routing is None:
        return None
    at = max(at, since)
    routing = replace(ticket.routing, alarmed_at=from_microseconds(at))
    return DueAction(at, [TicketEvent(changes=ticket.find_changes({"routing": routing}))])


def _owner_timeout_action(work: UnitOfWork, ticket: Ticket, since: int) -> DueAction | None:
    at = timers.find_owner_timeout(ticket, work.settings, work.sequence.policy_book.present)
    if at is None or at > to_microseconds(work.now):
        return None
    at = max(at, since)
    return DueAction(at, [return_to_queue.build_release(ticket, OWNER_TIMEOUT, for_good=True)])


DUE_RULES: Final[tuple[DueRule, ...]] = (
    _sla_alarm_action,
    _wake_up_action,
    _auto_close_action,
    _unroutable_action,
    _owner_timeout_action,
)
"""One for each candidate of `server/domain/timers.py`."""
