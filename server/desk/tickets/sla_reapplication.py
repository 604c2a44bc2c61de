"""Applies the present SLA policies to tickets that have targets of earlier ones."""

from typing import Final

from msgspec import Struct

from common.tickets.event import TicketEvent
from common.tickets.ticket import Ticket
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import due_actions
from server.domain import sla_rules
from server.domain.timestamps import to_microseconds
from server.storage.queries.ticket import tickets

_BATCH_SIZE: Final = 50
"""Tickets of one transaction, for which the organization's other writers wait."""


class ReapplyProgress(Struct, frozen=True):
    """The number of tickets with new targets, and the number to go on after; None at the end."""

    tickets: int = 0
    after: int | None = None


def reapply_next_tickets(work: UnitOfWork, after: int) -> ReapplyProgress:
    """Applies the present policies to the next unresolved tickets that have others."""
    found = tickets.list_unresolved_tickets(work.writing, work.actor.org_id, after, _BATCH_SIZE)
    applied = sum(_reapply_ticket(work, ticket) for ticket in found)
    return ReapplyProgress(applied, found[-1].number if len(found) == _BATCH_SIZE else None)


def _reapply_ticket(work: UnitOfWork, found: Ticket) -> bool:
    """Applies what is due first, under the old policies; returns whether the ticket changed."""
    ticket = due_actions.apply_due_actions(work, found)
    book = work.sequence.policy_book
    if not ticket.is_unresolved or not sla_rules.has_other_policy(ticket.sla, book.present):
        return False
    sla = sla_rules.reapply_policy(ticket, to_microseconds(work.now), book)
    event_recorder.apply_events(
        work, ticket, [TicketEvent(changes=ticket.find_changes({"sla": sla}))]
    )
    return True
