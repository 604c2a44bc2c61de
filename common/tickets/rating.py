"""Ratings: what a customer thinks of how its ticket was handled."""

from typing import Annotated

from msgspec import Meta, Struct

from common.text import Body
from common.tickets.event import TicketEvent

Score = Annotated[int, Meta(ge=1, le=5)]


class Rating(Struct, frozen=True, omit_defaults=True):
    """A score from 1 to 5, and the customer's words to it."""

    score: Score
    comment: Body | None = None


class Rated(TicketEvent, frozen=True, kw_only=True):
    type, story = "ticket.rated", "rated the ticket"

    rating: Rating
