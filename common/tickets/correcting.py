"""Correcting the customer of a ticket that was filed for somebody else."""

from common.errors import Conflict
from common.text import Email
from common.tickets.agent_command import AgentCommand
from common.tickets.decision_context import DecisionContext
from common.tickets.event import TicketEvent
from common.tickets.permissions import check_agent
from common.tickets.ticket import Ticket, Values


class MergedElsewhere(Conflict):
    slug, title = "merged-elsewhere", "The ticket is merged into another one"
    occasion = "The ticket is merged. Do this with its survivor."

    def __init__(self, ticket: Ticket, advice: str) -> None:
        super().__init__(f"#{ticket.number} is merged into #{ticket.merged_into}: {advice} there.")


class CorrectCustomer(AgentCommand, frozen=True):
    """Gives a ticket to its real customer, with what is merged into it.

    The former customer sees none of it any longer. Their rating leaves the ticket: it is not the
    new customer's, who does not read its words.
    """

    verb, summary = "customer", "Give a ticket to its real customer"
    example = '{"customer_email": "cleo@example.org"}'

    customer_email: Email

    def decide(self, context: DecisionContext) -> list[TicketEvent]:
        check_agent(context.actor, "correct the customer of a ticket")
        if context.ticket.merged_into is not None:
            raise MergedElsewhere(context.ticket, "correct the customer")
        if context.customer_id is None:
            # Who has the address is known to the server alone.
            return [TicketEvent()]
        return decide_correction(context.ticket, context.customer_id)


def decide_correction(ticket: Ticket, customer_id: int) -> list[TicketEvent]:
    """Returns the event of another person as the customer; none where the ticket is theirs."""
    if ticket.customer_id == customer_id:
        return []
    return TicketEvent.build_events(ticket, build_correction_values(customer_id))


def build_correction_values(customer_id: int) -> Values:
    """Returns what another person as the customer changes: what the former one gave goes, too."""
    return {"customer_id": customer_id, "rating": None}


def decide_customer(ticket: Ticket, customer_id: int) -> list[TicketEvent]:
    """Returns the event of another account of the same person; none where it is the customer."""
    return TicketEvent.build_events(ticket, {"customer_id": customer_id})
