"""Keeping time: what is due to a ticket is done, each at the instant at which it was due.

The timekeeper asks for it; and whoever acts on a ticket first finds it done, so that what is true
does not depend on when the timekeeper came by. What has been done is not due any more: so several
servers may look after the same tickets.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from common.organization import Settings
from common.tickets.event import TicketEvent
from common.tickets.routing import OWNER_TIMEOUT
from common.tickets.sla_events import SlaBreached, SlaWarning
from common.tickets.ticket import Status, Ticket
from common.tickets.transitions import Closed
from server.desk import return_to_queue
from server.desk.unit_of_work import UnitOfWork
from server.domain import sla_rules, timers
from server.domain.sla_rules import Alarm
from server.storage.engine.optional_timestamps import loaded, stored
from server.storage.queries import tickets
from server.storage.queries.name_resolver import system

_MOST: Final = 50
"""Steps at once for one ticket. Whatever is left is due at the next look."""


class Due(NamedTuple):
    """Something that is due to a ticket since `at`, and the events that do it."""

    at: int
    events: list[TicketEvent]


Rule: TypeAlias = Callable[[UnitOfWork, Ticket, int], Due | None]
"""What is due by the turn's instant. Its events make it due later, or never.

What the settings make due is not due before an instant, at which somebody may have changed them.
"""


def keep(turn: UnitOfWork, number: int) -> None:
    """Does what is due to a ticket. If that is nothing, it is looked at when something is."""
    ticket = tickets.find(turn.writing, turn.actor.org_id, number)
    if ticket is not None and catch_up(turn, ticket) is ticket:
        tickets.rewake(turn.writing, ticket, turn.wake_at(ticket))


def catch_up(turn: UnitOfWork, ticket: Ticket) -> Ticket:
    """The ticket after all that was due to it, oldest first, by the system."""
    if not _is_due(turn, ticket):
        return ticket
    since = _planned(turn, ticket)
    for _ in range(_MOST):
        due = _next(turn, ticket, since)
        if due is None:
            break
        ticket = turn.by(system(turn.actor.org_id), loaded(due.at)).apply(ticket, due.events)
    return ticket


def rescheduled(turn: UnitOfWork, before: Settings, after: Settings) -> None:
    """What is due at another time under other settings is looked at again."""
    if before.auto_close_hours != after.auto_close_hours:
        tickets.look_again(turn.writing, turn.actor.org_id, Status.RESOLVED, stored(turn.now))
    if _owners_time(before) != _owners_time(after):
        tickets.look_again_at_held(turn.writing, turn.actor.org_id, stored(turn.now))


def _owners_time(settings: Settings) -> object:
    """What decides how long a ticket may lie; nothing, where it may for ever."""
    minutes = settings.assignment.owner_timeout_minutes
    calendar = settings.timezone, settings.business_hours, settings.holidays
    return None if minutes is None else (minutes, calendar)


def _is_due(turn: UnitOfWork, ticket: Ticket) -> bool:
    wake_at = turn.wake_at(ticket)
    return wake_at is not None and wake_at <= stored(turn.now)


def _planned(turn: UnitOfWork, ticket: Ticket) -> int:
    """When the row was to be looked at: a change of the settings makes that its own instant."""
    planned, now = tickets.planned(turn.writing, ticket.org_id, ticket.number), stored(turn.now)
    return now if planned is None else min(planned, now)


def _next(turn: UnitOfWork, ticket: Ticket, since: int) -> Due | None:
    """The earliest that is due by now."""
    if not _is_due(turn, ticket):
        return None
    found = (rule(turn, ticket, since) for rule in RULES)
    return min((due for due in found if due is not None), key=lambda due: due.at, default=None)


def _alarmed(turn: UnitOfWork, ticket: Ticket, _since: int) -> Due | None:
    if ticket.sla is None:
        return None
    ringing = sla_rules.ringing(ticket.sla, stored(turn.now), turn.ledger.book)
    if ringing is None:
        return None
    event = SlaBreached if ringing.alarm is Alarm.BREACH else SlaWarning
    changes = ticket.changes({"sla": ringing.sla})
    return Due(ringing.at, [event(changes=changes, target=ringing.name)])


def _woken(turn: UnitOfWork, ticket: Ticket, _since: int) -> Due | None:
    at = timers.snooze(ticket, turn.settings, turn.ledger.book.present)
    if at is None or at > stored(turn.now):
        return None
    return Due(at, [TicketEvent(changes=ticket.changes({"snoozed_until": None}))])


def _closed(turn: UnitOfWork, ticket: Ticket, since: int) -> Due | None:
    at = timers.closing(ticket, turn.settings, turn.ledger.book.present)
    if at is None or at > stored(turn.now):
        return None
    at = max(at, since)
    return Due(at, [Closed(changes=ticket.changes(ticket.to(Status.CLOSED, loaded(at))))])


def _unfound(turn: UnitOfWork, ticket: Ticket, since: int) -> Due | None:
    at = timers.unfound(ticket, turn.settings, turn.ledger.book.present)
    if at is None or at > stored(turn.now) or ticket.routing is None:
        return None
    at = max(at, since)
    routing = replace(ticket.routing, alarmed_at=loaded(at))
    return Due(at, [TicketEvent(changes=ticket.changes({"routing": routing}))])


def _let_lie(turn: UnitOfWork, ticket: Ticket, since: int) -> Due | None:
    at = timers.lying(ticket, turn.settings, turn.ledger.book.present)
    if at is None or at > stored(turn.now):
        return None
    at = max(at, since)
    return Due(at, [return_to_queue.released(ticket, OWNER_TIMEOUT, for_good=True)])


RULES: Final[tuple[Rule, ...]] = (_alarmed, _woken, _closed, _unfound, _let_lie)
"""One for each candidate of `server/domain/timers.py`."""
