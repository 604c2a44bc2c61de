"""Loads and saves the tickets of a unit of work, with their texts in the search index."""

from common.errors import NotFound
from common.tickets.permissions import check_visible
from common.tickets.ticket import Ticket
from server.desk import ticket_indexing
from server.desk.unit_of_work import UnitOfWork
from server.domain import timers
from server.domain.timestamps import to_microseconds
from server.storage.queries import participants, tickets


def load_ticket(work: UnitOfWork, number: int, *, for_participants: bool = False) -> Ticket:
    """Returns a ticket that the caller may see. Raises NotFound.

    `for_participants` says that its participants may do what the ticket is loaded for.
    """
    found = tickets.find_ticket(work.writing, work.actor.org_id, number)
    if found is None:
        raise NotFound
    if not (for_participants and _takes_part(work, found)):
        check_visible(work.actor, found)
    return found


def resolve_ticket(work: UnitOfWork, number: int, *, for_participants: bool = False) -> Ticket:
    """Returns the ticket that takes what is written to this number: the survivor of a merged one.

    Raises NotFound for a ticket that the caller may not see.
    """
    ticket = load_ticket(work, number, for_participants=for_participants)
    takes_part = for_participants and _takes_part(work, ticket)
    while ticket.merged_into is not None:
        survivor = tickets.find_ticket(work.writing, ticket.org_id, ticket.merged_into)
        if survivor is None:
            return ticket
        if not takes_part:
            check_visible(work.actor, survivor)
        ticket = survivor
    return ticket


def _takes_part(work: UnitOfWork, ticket: Ticket) -> bool:
    actor = work.actor
    if not actor.is_customer or actor.id is None or actor.id == ticket.customer_id:
        return False
    return participants.is_participant(work.writing, ticket.org_id, ticket.number, actor.id)


def insert_ticket(work: UnitOfWork, ticket: Ticket, description: str) -> None:
    """Inserts a new ticket's row; an imported one may have a history already."""
    tickets.add_ticket(work.writing, ticket, description, compute_wake_time(work, ticket))
    ticket_indexing.index_new_ticket(work.writing, ticket, description)


def save_changed_ticket(work: UnitOfWork, before: Ticket, after: Ticket) -> None:
    """Writes a ticket's row after events that have been recorded."""
    tickets.update_ticket(work.writing, before, after, compute_wake_time(work, after))
    ticket_indexing.reindex_subject(work.writing, before, after)


def compute_wake_time(work: UnitOfWork, ticket: Ticket) -> int | None:
    """Returns when something is due to the ticket next, in microseconds since 1970.

    What is overdue is due now. None where nothing becomes due unless something changes.
    """
    at = timers.find_next_due_time(ticket, work.settings, work.sequence.policy_book.present)
    return None if at is None else max(at, to_microseconds(work.now))
