"""Assigning a ticket to an agent by hand. The status stays as it is."""

from common.ids import Id
from common.tickets.agent_command import AgentCommand
from common.tickets.claiming import ReleaseTicket
from common.tickets.decision_context import DecisionContext
from common.tickets.event import TicketEvent
from common.tickets.permissions import check_hand_over
from common.tickets.ticket import Audience, Status
from common.tickets.transitions import InvalidTransition


class TicketAssigned(TicketEvent, frozen=True):
    type, story = "ticket.assigned", "assigned the ticket"
    occasion = "given to somebody: by hand, or by routing (the actor is the system)"
    audience = Audience.PUBLIC


class AssignTicket(AgentCommand, frozen=True):
    """Assigns a ticket to an active agent of the organization; null releases it."""

    verb, summary = "assign", "Assign a ticket to an agent"
    example = '{"user_id": 1000}'

    user_id: Id | None

    def decide(self, context: DecisionContext) -> list[TicketEvent]:
        if self.user_id is None:
            return ReleaseTicket().decide(context)
        check_hand_over(context.actor, context.ticket)
        if context.ticket.status is Status.CLOSED:
            raise InvalidTransition(context, "be assigned")
        return TicketAssigned.build_events(context.ticket, {"assignee_id": self.user_id})
