"""Claiming a ticket and giving it back: one caller wins, and the others are told who."""

from datetime import datetime

from msgspec import Struct

from common.errors import Conflict
from common.people import Actor
from common.permissions import steer
from common.tickets.decision_context import NOTHING, Facts
from common.tickets.event import TicketEvent
from common.tickets.ticket import Status, Ticket
from common.tickets.transitions import Claimed, InvalidTransition, Released


class AlreadyClaimed(Conflict):
    """`extras["assignee"]` is the winner, `{id, name}`; rules know the id alone."""

    slug, title = "already-claimed", "Somebody else has this ticket"

    def __init__(self, assignee_id: int) -> None:
        super().__init__("Somebody else has this ticket.", assignee={"id": assignee_id})
        self.assignee_id = assignee_id


class ClaimTicket(Struct, frozen=True, forbid_unknown_fields=True):
    """Take a ticket for oneself. One's own already: nothing happens."""

    def decide(
        self, ticket: Ticket, actor: Actor, now: datetime, facts: Facts = NOTHING
    ) -> list[TicketEvent]:
        if not ticket.is_unresolved:
            raise InvalidTransition.of(ticket, actor, "be claimed")
        if ticket.assignee_id not in {None, actor.id}:
            raise AlreadyClaimed(ticket.assignee_id or 0)
        values = ticket.to(Status.IN_PROGRESS, now) | {"assignee_id": actor.id}
        changes = ticket.changes(values)
        return [Claimed(changes=changes)] if changes else []


class ReleaseTicket(Struct, frozen=True, forbid_unknown_fields=True):
    """Put a ticket back into the queue. With nobody's ticket, nothing happens."""

    def decide(
        self, ticket: Ticket, actor: Actor, now: datetime, facts: Facts = NOTHING
    ) -> list[TicketEvent]:
        if ticket.assignee_id is None:
            return []
        steer(actor, ticket)
        if not ticket.is_unresolved:
            raise InvalidTransition.of(ticket, actor, "be released")
        values = ticket.to(Status.OPEN, now) | {"assignee_id": None}
        return [Released(changes=ticket.changes(values))]
