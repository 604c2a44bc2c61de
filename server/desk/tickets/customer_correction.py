"""Another customer of a ticket: what is merged into it follows, and the former one loses it."""

from common.tickets.correcting import decide_correction
from common.tickets.ticket import Ticket
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_participants
from server.storage.queries.organization import ticket_link_generations
from server.storage.queries.ticket import participants, surveys, tickets


def hand_over_ticket(work: UnitOfWork, before: Ticket, after: Ticket) -> None:
    """Takes a ticket and what is merged into it from its former customer, for the new one.

    The ticket itself has its event already. What is merged into it gets its own.
    """
    close_to_former_customer(work, before, after)
    for number in after.merged_from:
        merged = tickets.find_ticket(work.writing, after.org_id, number)
        if merged is not None:
            give_ticket(work, merged, after.customer_id)


def give_ticket(work: UnitOfWork, ticket: Ticket, customer_id: int) -> Ticket:
    """Records another customer of one ticket, and returns it; nothing if it is theirs already."""
    events = decide_correction(ticket, customer_id)
    if not events:
        return ticket
    after = event_recorder.apply_events(work, ticket, events)
    close_to_former_customer(work, ticket, after)
    return after


def close_to_former_customer(work: UnitOfWork, before: Ticket, after: Ticket) -> None:
    """Ends what the former customer has of a ticket: links, invitations, notices, waiting mails."""
    org_id, number, former = before.org_id, before.number, before.customer_id
    ticket_link_generations.begin_link_generation(work.writing, org_id, number)
    surveys.cancel_invitations(work.writing, org_id, number)
    participants.remove_participant(work.writing, org_id, number, former)
    participants.remove_participant(work.writing, org_id, number, after.customer_id)
    ticket_participants.drop_notices(work, number, former)
