"""What a rating link leads to: the ticket, and the customer who was asked to rate it."""

from datetime import datetime

from msgspec import Struct

from common.errors import NotFound, RequestRefused
from common.people import Actor
from common.tickets.ticket import Ticket
from server.domain.rating_links import RateLink
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries import people, surveys, tickets
from server.storage.queries.people import Person
from server.storage.queries.surveys import SurveyState


class Gone(RequestRefused):
    slug, title, status = "gone", "This link works no longer", 410


class RatingRequest(Struct, frozen=True):
    link: RateLink
    ticket: Ticket
    customer: Person

    @property
    def actor(self) -> Actor:
        """The customer, whom the link stands for."""
        it = self.customer
        return Actor(it.org_id, it.role, it.id, it.name, it.email)


def find_rating_request(reading: ReadTransaction, link: RateLink, now: datetime) -> RatingRequest:
    """What the link leads to. Raises Gone for one that is over, NotFound where nothing is left."""
    if now.timestamp() >= link.expires_at:
        raise Gone("It worked for 14 days.")
    ticket = tickets.find_ticket(reading, link.org_id, link.number)
    if ticket is None:
        raise NotFound("What it was about is not here any more.")
    customer = people.find_person(reading, link.org_id, ticket.customer_id)
    if customer is None or not customer.active:
        raise NotFound("What it was about is not here any more.")
    check_still_resolved(reading, link)
    return RatingRequest(link, ticket, customer)


def check_still_resolved(reading: ReadTransaction, link: RateLink) -> None:
    """Raises Gone where the ticket was taken up again: what was resolved then is so no more."""
    invitation = surveys.find_invitation(reading, link.org_id, link.number, link.seq)
    if invitation is None or invitation.state is SurveyState.CANCELLED:
        raise Gone("The ticket was taken up again. You are asked anew when it is resolved.")
