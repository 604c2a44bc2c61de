"""Claiming and releasing a ticket: one caller wins, and the error tells the others who."""

from datetime import datetime

from common.errors import Conflict
from common.people import Actor
from common.tickets.agent_command import AgentCommand
from common.tickets.decision_context import EMPTY_CONTEXT, DecisionContext
from common.tickets.event import TicketEvent
from common.tickets.permissions import check_hand_over
from common.tickets.ticket import Status, Ticket
from common.tickets.transitions import InvalidTransition, TicketClaimed, TicketReleased


class AlreadyClaimed(Conflict):
    """`extras["assignee"]` is the winner, `{id, name}`; the rules know only the id."""

    slug, title = "already-claimed", "Somebody else has this ticket"
    occasion = "Somebody else has it: `assignee` `{id, name}`."

    def __init__(self, assignee_id: int) -> None:
        super().__init__("Somebody else has this ticket.", assignee={"id": assignee_id})
        self.assignee_id = assignee_id


class ClaimTicket(AgentCommand, frozen=True):
    """Assigns a ticket to the caller. If it is theirs already, nothing happens."""

    verb, summary = "claim", "Claim a ticket: one caller wins"

    def decide(
        self, ticket: Ticket, actor: Actor, now: datetime, facts: DecisionContext = EMPTY_CONTEXT
    ) -> list[TicketEvent]:
        if not ticket.is_unresolved:
            raise InvalidTransition(ticket, actor, "be claimed")
        if ticket.assignee_id not in {None, actor.id}:
            raise AlreadyClaimed(ticket.assignee_id or 0)
        values = ticket.status_values(Status.IN_PROGRESS, now) | {"assignee_id": actor.id}
        changes = ticket.find_changes(values)
        return [TicketClaimed(changes=changes)] if changes else []


class ReleaseTicket(AgentCommand, frozen=True):
    """Puts a ticket back into the queue. If it is unassigned already, nothing happens."""

    verb, summary = "release", "Release a ticket to the queue"

    def decide(
        self, ticket: Ticket, actor: Actor, now: datetime, facts: DecisionContext = EMPTY_CONTEXT
    ) -> list[TicketEvent]:
        if ticket.assignee_id is None:
            return []
        check_hand_over(actor, ticket)
        if not ticket.is_unresolved:
            raise InvalidTransition(ticket, actor, "be released")
        values = ticket.status_values(Status.OPEN, now) | {"assignee_id": None}
        return [TicketReleased(changes=ticket.find_changes(values))]
