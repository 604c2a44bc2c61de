"""Returns tickets to the queue when their agent is gone, and says why.

An agent whose terminal was lost keeps the tickets in progress, flagged for colleagues; one who was
deactivated keeps nothing. An agent who goes offline or signs out means to come back, and keeps
everything.
"""

from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from common.tickets.event import TicketEvent
from common.tickets.routing import AGENT_LEFT, AGENT_LOST, MANUAL, Routing
from common.tickets.ticket import Status, Ticket
from common.tickets.transitions import TicketReleased
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.routing_changes import make_returned_routing
from server.domain.timestamps import to_microseconds
from server.storage.queries.person import people
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.person.people import Person
from server.storage.queries.ticket import availability

GRACE: Final = timedelta(seconds=60)
"""The time between a lapsed presence and the return of the agent's tickets."""
MAX_TICKETS_PER_TRANSACTION: Final = 200
"""Tickets that one transaction returns or flags; the timekeeper does the rest."""
_NO_LIMIT: Final = 100_000
"""More tickets than anybody works on."""


def return_lost_tickets(work: UnitOfWork, person_id: int) -> None:
    """Returns the tickets of an agent who is lost or gone, unless the agent is back."""
    person = people.find_person(work.writing, work.actor.org_id, person_id)
    if person is None or person.lost_at is None or person.lost_at > compute_grace_cutoff(work):
        return
    if person.active:
        done = _return_tickets(work, person, Status.OPEN, AGENT_LOST)
        done = _flag_lost_tickets(work, person) and done
    else:
        done = return_leaver_tickets(work, person)
    if done:
        people.save_person(work.writing, replace(person, lost_at=None))


def return_leaver_tickets(work: UnitOfWork, person: Person) -> bool:
    """Returns the tickets of an agent who is gone; returns whether that was all of them."""
    by_status = (
        _return_tickets(work, person, status, AGENT_LEFT)
        for status in (Status.OPEN, Status.IN_PROGRESS)
    )
    return all(by_status)


def compute_grace_cutoff(work: UnitOfWork) -> int:
    """Returns the latest `lost_at`, in microseconds, at which the grace is over."""
    return to_microseconds(work.now - GRACE)


def clear_lost_flags(work: UnitOfWork, person: Person) -> None:
    """Removes the flags from the tickets of an agent who is back."""
    system_work = _as_system(work)
    for ticket in _load_held_tickets(work, person, Status.IN_PROGRESS, _NO_LIMIT):
        if ticket.routing and ticket.routing.lost_at:
            _apply_routing(system_work, ticket, replace(ticket.routing, lost_at=None))


def build_release(ticket: Ticket, why: str, *, for_good: bool = False) -> TicketEvent:
    """Builds the event that returns a ticket; `for_good` keeps routing from the same agent."""
    routing = make_returned_routing(
        ticket.routing, why, ticket.assignee_id, may_return_to_agent=not for_good
    )
    values = {"status": Status.OPEN, "assignee_id": None, "routing": routing}
    return TicketReleased(changes=ticket.find_changes(values))


def _return_tickets(work: UnitOfWork, person: Person, status: Status, why: str) -> bool:
    system_work = _as_system(work)
    held = _load_held_tickets(work, person, status, MAX_TICKETS_PER_TRANSACTION)
    for ticket in held:
        event_recorder.apply_events(system_work, ticket, [build_release(ticket, why)])
    return len(held) < MAX_TICKETS_PER_TRANSACTION


def _flag_lost_tickets(work: UnitOfWork, person: Person) -> bool:
    system_work = _as_system(work)
    # Imported tickets, and those from before routing existed, have no routing reason.
    found = (
        (ticket, ticket.routing or Routing(reason=MANUAL))
        for ticket in _load_held_tickets(work, person, Status.IN_PROGRESS, _NO_LIMIT)
    )
    unflagged = [(ticket, base) for ticket, base in found if base.lost_at is None]
    for ticket, base in unflagged[:MAX_TICKETS_PER_TRANSACTION]:
        _apply_routing(system_work, ticket, replace(base, agent_id=person.id, lost_at=work.now))
    return len(unflagged) <= MAX_TICKETS_PER_TRANSACTION


def _apply_routing(system_work: UnitOfWork, ticket: Ticket, routing: Routing) -> None:
    changes = ticket.find_changes({"routing": routing})
    if changes:
        event_recorder.apply_events(system_work, ticket, [TicketEvent(changes=changes)])


def _load_held_tickets(
    work: UnitOfWork, person: Person, status: Status, limit: int
) -> list[Ticket]:
    return availability.list_agent_tickets(work.writing, person.org_id, person.id, status, limit)


def _as_system(work: UnitOfWork) -> UnitOfWork:
    return work.act_as(make_system_actor(work.actor.org_id))
