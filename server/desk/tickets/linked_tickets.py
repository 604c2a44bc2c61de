"""Commands that concern several tickets: merges, splits, and another customer of a ticket."""

from common.tickets.correcting import CorrectCustomer
from common.tickets.decision_context import DecisionContext
from common.tickets.merging import MergeTicket, UnmergeTicket
from common.tickets.registry import AnyCommand
from common.tickets.splitting import SplitTicket
from common.tickets.ticket import Ticket
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import (
    customer_correction,
    ticket_creation,
    ticket_merging,
    ticket_splitting,
)


def load_context(work: UnitOfWork, ticket: Ticket, command: AnyCommand) -> DecisionContext:
    """Returns what the command depends on, also beside its own ticket."""
    if isinstance(command, MergeTicket):
        return ticket_merging.load_merge_context(work, ticket, command.into)
    if isinstance(command, UnmergeTicket):
        return ticket_merging.load_unmerge_context(work, ticket)
    if isinstance(command, SplitTicket):
        return ticket_splitting.load_split_context(work, ticket, command)
    if isinstance(command, CorrectCustomer):
        customer_id = ticket_creation.resolve_requester(work, command.customer_email)
        return DecisionContext(ticket, work.actor, work.now, customer_id=customer_id)
    return DecisionContext(ticket, work.actor, work.now)


def apply_to_linked_tickets(
    work: UnitOfWork, context: DecisionContext, after: Ticket, command: AnyCommand
) -> Ticket:
    """Changes the other tickets, and returns the one that the command answers with."""
    if isinstance(command, MergeTicket | UnmergeTicket):
        ticket_merging.update_survivor(work, context, command)
    elif isinstance(command, CorrectCustomer):
        customer_correction.hand_over_ticket(work, context.ticket, after)
    elif isinstance(command, SplitTicket) and context.split_number is not None:
        return ticket_splitting.open_split_ticket(
            work, context.ticket, command, context.split_number
        )
    return after
