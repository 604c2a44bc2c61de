"""Participants of a ticket, as agents choose them; mails add those who got a copy.

Who takes part in a survivor reads what is merged into it, so agents choose for all of them at once.
"""

from typing import Final

from common.errors import Conflict, NotFound
from common.tickets.ticket import Ticket
from server.desk.recording import ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.storage.queries.mail import mails
from server.storage.queries.outgoing import notifications
from server.storage.queries.person import people
from server.storage.queries.ticket import participants, tickets

_MOST: Final = 50


class CannotTakePart(Conflict):
    slug, title = "cannot-take-part", "This person cannot take part in the ticket"
    occasion = "Only an active customer who is not the requester can be a participant."


def add_ticket_participant(work: UnitOfWork, number: int, person_id: int) -> None:
    """Makes a customer a participant, of the survivor if the ticket is merged.

    Raises NotFound, CannotTakePart.
    """
    ticket = ticket_repository.resolve_ticket(work, number)
    person = people.find_person(work.writing, ticket.org_id, person_id)
    if person is None:
        raise NotFound
    if person.is_agent or not person.active or person.id == ticket.customer_id:
        raise CannotTakePart("Only an active customer who is not the requester can take part.")
    known = participants.read_participant_ids(work.writing, ticket.org_id, ticket.number)
    if person_id not in known and len(known) >= _MOST:
        raise CannotTakePart(f"A ticket has at most {_MOST} participants: remove one first.")
    participants.add_participant(work.writing, ticket.org_id, ticket.number, person_id)


def remove_ticket_participant(work: UnitOfWork, number: int, person_id: int) -> None:
    """Ends a customer's part in a ticket, and in all others through which they would get to it.

    Does nothing without one. Raises NotFound.
    """
    ticket = ticket_repository.resolve_ticket(work, number)
    for led_here in _list_tickets_leading_to(work, ticket):
        if participants.remove_participant(work.writing, ticket.org_id, led_here, person_id):
            drop_notices(work, led_here, person_id)


def _list_tickets_leading_to(work: UnitOfWork, ticket: Ticket) -> list[int]:
    """Returns the ticket, what is merged into it, and the closed tickets that these follow."""
    numbers, found = [ticket.number], []
    while numbers:
        it = tickets.find_ticket(work.writing, ticket.org_id, numbers.pop())
        if it is not None and it.number not in found:
            found.append(it.number)
            numbers += [*it.merged_from, *([it.followup_of] if it.followup_of else [])]
    return found


def drop_notices(work: UnitOfWork, number: int, person_id: int) -> None:
    """Ends what a customer who lost a ticket was told of it: waiting mails and notifications."""
    if people.read_person(work.writing, work.actor.org_id, person_id).is_agent:
        return
    mails.drop_queued_mails(work.writing, work.actor.org_id, number, person_id)
    notifications.delete_notifications_of_ticket(work.writing, work.actor.org_id, number, person_id)
