"""Participants of a ticket, as agents choose them; mails add those who got a copy."""

from typing import Final

from common.errors import Conflict, NotFound
from server.desk import ticket_repository
from server.desk.unit_of_work import UnitOfWork
from server.storage.queries import participants, people

_MOST: Final = 50


class CannotTakePart(Conflict):
    slug, title = "cannot-take-part", "This person cannot take part in the ticket"


def add_ticket_participant(work: UnitOfWork, number: int, person_id: int) -> None:
    """Makes a customer a participant. Raises NotFound, CannotTakePart."""
    ticket = ticket_repository.load_ticket(work, number)
    person = people.find_person(work.writing, ticket.org_id, person_id)
    if person is None:
        raise NotFound
    if person.is_agent or not person.active or person.id == ticket.customer_id:
        raise CannotTakePart("Only an active customer who is not the requester can take part.")
    known = participants.read_participant_ids(work.writing, ticket.org_id, number)
    if person_id not in known and len(known) >= _MOST:
        raise CannotTakePart(f"A ticket has at most {_MOST} participants: remove one first.")
    participants.add_participant(work.writing, ticket.org_id, number, person_id)


def remove_ticket_participant(work: UnitOfWork, number: int, person_id: int) -> None:
    """Ends a customer's part in a ticket; does nothing without one. Raises NotFound."""
    ticket = ticket_repository.load_ticket(work, number)
    participants.remove_participant(work.writing, ticket.org_id, number, person_id)
