"""Rating a ticket: what a customer thinks of how it was handled."""

from common.tickets.event import TicketEvent
from common.tickets.score import Rating, Score

__all__ = ["Rated", "Rating", "Score"]


class Rated(TicketEvent, frozen=True, kw_only=True):
    type, story = "ticket.rated", "rated the ticket"

    rating: Rating
