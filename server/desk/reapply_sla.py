"""Putting the present terms on tickets that were promised something under earlier ones."""

from typing import Final

from msgspec import Struct

from common.tickets.event import TicketEvent
from common.tickets.ticket import Ticket
from server.desk import due_actions
from server.desk.unit_of_work import UnitOfWork
from server.domain import sla_rules
from server.storage.engine.optional_timestamps import stored
from server.storage.queries import tickets

_TOGETHER: Final = 50
"""Tickets looked at in one transaction: so long the organization's other writers wait."""


class Step(Struct, frozen=True):
    """How many tickets have other terms now, and the number to go on after; None at the end."""

    tickets: int = 0
    after: int | None = None


def apply(turn: UnitOfWork, after: int) -> Step:
    """The next unresolved tickets get the present terms. Those that have them are left alone."""
    found = tickets.unresolved(turn.writing, turn.actor.org_id, after, _TOGETHER)
    applied = sum(_apply(turn, ticket) for ticket in found)
    return Step(applied, found[-1].number if len(found) == _TOGETHER else None)


def _apply(turn: UnitOfWork, found: Ticket) -> bool:
    """What was due before is done first, under the old terms."""
    ticket = due_actions.catch_up(turn, found)
    book = turn.ledger.book
    if not ticket.is_unresolved or not sla_rules.is_of_other_terms(ticket.sla, book.present):
        return False
    promises = sla_rules.renewed(ticket, stored(turn.now), book)
    turn.apply(ticket, [TicketEvent(changes=ticket.changes({"sla": promises}))])
    return True
