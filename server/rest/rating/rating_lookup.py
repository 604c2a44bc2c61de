"""Finds the ticket behind a rating link, and the customer who was asked to rate it."""

from datetime import datetime

from msgspec import Struct

from common.errors import NotFound, RequestRefused
from common.people import Actor
from common.tickets.ticket import Ticket
from server.domain.rating_links import RateLink
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.person import people
from server.storage.queries.person.people import Person
from server.storage.queries.ticket import surveys, tickets
from server.storage.queries.ticket.surveys import SurveyState


class Gone(RequestRefused):
    slug, title, status = "gone", "This link no longer works", 410
    occasion = (
        "A rating link that has expired, or whose ticket was taken up again; a link to a ticket"
        " that has expired or was revoked. A page, not a document."
    )


class RatingRequest(Struct, frozen=True):
    """A link that works, its ticket, and the ticket's customer."""

    link: RateLink
    ticket: Ticket
    customer: Person

    @property
    def actor(self) -> Actor:
        """The customer: whoever has the link acts as them."""
        it = self.customer
        return Actor(it.org_id, it.role, it.id, it.name, it.email)


def find_rating_request(reading: ReadTransaction, link: RateLink, now: datetime) -> RatingRequest:
    """Returns what a link is about.

    Raises Gone for a link that has expired, NotFound where ticket or customer are no longer there.
    """
    if now.timestamp() >= link.expires_at:
        raise Gone("Rating links work for 14 days.")
    ticket = tickets.find_ticket(reading, link.org_id, link.number)
    if ticket is None:
        raise NotFound("The ticket is no longer available.")
    customer = people.find_person(reading, link.org_id, ticket.customer_id)
    if customer is None or not customer.active:
        raise NotFound("The ticket is no longer available.")
    check_still_resolved(reading, link)
    return RatingRequest(link, ticket, customer)


def check_still_resolved(reading: ReadTransaction, link: RateLink) -> None:
    """Raises Gone where the ticket was reopened after the resolution that the link is for."""
    invitation = surveys.find_invitation(reading, link.org_id, link.number, link.seq)
    if invitation is None or invitation.state is SurveyState.CANCELLED:
        raise Gone("The ticket was reopened. We will ask you again when it is resolved.")
