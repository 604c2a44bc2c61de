"""Loads and saves the tickets of a unit of work, with their texts in the search index."""

from common.errors import NotFound
from common.tickets.permissions import check_visible
from common.tickets.ticket import Ticket
from server.desk.recording import ticket_indexing
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain import timers
from server.storage.queries.ticket import participants, tickets
from server.storage.queries.ticket.tickets import Opening


def load_ticket(work: UnitOfWork, number: int) -> Ticket:
    """Returns a ticket that the caller may see. Raises NotFound."""
    found = tickets.find_ticket(work.writing, work.actor.org_id, number)
    if found is None:
        raise NotFound
    _check_seen(work, found)
    return found


def load_ticket_with_opening(work: UnitOfWork, number: int) -> tuple[Ticket, Opening]:
    """Returns the same with its description and its files, read at once. Raises NotFound."""
    found = tickets.find_ticket_with_opening(work.writing, work.actor.org_id, number)
    if found is None:
        raise NotFound
    _check_seen(work, found[0])
    return found


def resolve_ticket(work: UnitOfWork, number: int) -> Ticket:
    """Returns the ticket that takes what is written to this number: the survivor of a merged one.

    Raises NotFound for a ticket that the caller may not see.
    """
    ticket = load_ticket(work, number)
    while ticket.merged_into is not None:
        survivor = tickets.find_ticket(work.writing, ticket.org_id, ticket.merged_into)
        if survivor is None:
            return ticket
        _check_seen(work, survivor)
        ticket = survivor
    return ticket


def _check_seen(work: UnitOfWork, ticket: Ticket) -> None:
    takes_part = participants.takes_part(work.writing, work.actor, ticket)
    check_visible(work.actor, ticket, takes_part=takes_part)


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
    return None if at is None else max(at, work.now_microseconds)
