"""Claiming and releasing a ticket: one caller wins, and the error tells the others who."""

from common.errors import Conflict
from common.tickets.agent_command import AgentCommand
from common.tickets.decision_context import DecisionContext
from common.tickets.event import TicketEvent
from common.tickets.permissions import check_hand_over
from common.tickets.ticket import Status
from common.tickets.transitions import TicketClaimed, TicketReleased, check_unresolved


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

    def decide(self, context: DecisionContext) -> list[TicketEvent]:
        ticket, actor = context.ticket, context.actor
        check_unresolved(context, "be claimed")
        if ticket.assignee_id not in {None, actor.id}:
            raise AlreadyClaimed(ticket.assignee_id or 0)
        values = ticket.status_values(Status.IN_PROGRESS, context.now)
        return TicketClaimed.build_events(ticket, values | {"assignee_id": actor.id})


class ReleaseTicket(AgentCommand, frozen=True):
    """Puts a ticket back into the queue. If it is unassigned already, nothing happens."""

    verb, summary = "release", "Release a ticket to the queue"

    def decide(self, context: DecisionContext) -> list[TicketEvent]:
        ticket = context.ticket
        if ticket.assignee_id is None:
            return []
        check_hand_over(context.actor, ticket)
        check_unresolved(context, "be released")
        values = ticket.status_values(Status.OPEN, context.now)
        return TicketReleased.build_events(ticket, values | {"assignee_id": None})
