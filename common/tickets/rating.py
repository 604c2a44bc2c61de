"""Rating of how a ticket was handled, by its requester."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from common.errors import Forbidden
from common.text import Comment
from common.tickets.decision_context import DecisionContext
from common.tickets.event import TicketEvent
from common.tickets.score import Rating, Score
from common.tickets.ticket import Audience, Status, Ticket
from common.tickets.transitions import InvalidTransition

RATING_PERIOD: Final = timedelta(days=14)
"""The time after resolution in which the mailed link works and a closed ticket can be rated."""


class TicketRated(TicketEvent, frozen=True):
    """A new rating, which is in `changes` since it is a field of the ticket."""

    type, story = "ticket.rated", "rated the ticket"
    occasion = "its customer rated it, or changed the rating"
    audience = Audience.PUBLIC

    @property
    def rating(self) -> Rating:
        rating: Rating = self.changes["rating"][1]
        return rating


class RateTicket(Struct, frozen=True, forbid_unknown_fields=True):
    """Rates how a ticket was handled; the last rating counts. Only its requester can."""

    score: Score
    comment: Comment | UnsetType | None = UNSET

    def decide(self, context: DecisionContext) -> list[TicketEvent]:
        ticket, actor, now = context.ticket, context.actor, context.now
        if not ticket.is_requested_by(actor) or actor.id != ticket.customer_id:
            raise Forbidden("Only the requester of a ticket can rate it.")
        if actor.id == ticket.resolver_id:
            raise Forbidden("You cannot rate your own work.")
        if not may_be_rated(ticket, now):
            raise InvalidTransition(context, "be rated")
        return decide_rating(ticket, Rating(self.score, self.comment or None, now))


def may_be_rated(ticket: Ticket, now: datetime) -> bool:
    """Returns whether the ticket is resolved, or closed and resolved within RATING_PERIOD.

    A merged ticket is rated where its conversation goes on.
    """
    if ticket.merged_into is not None:
        return False
    if ticket.status is Status.CLOSED:
        return ticket.resolved_at is not None and now - ticket.resolved_at < RATING_PERIOD
    return ticket.status is Status.RESOLVED


def decide_rating(ticket: Ticket, rating: Rating) -> list[TicketEvent]:
    """Returns the event of a rating, or none if it repeats the rating of this resolution.

    A rating of an earlier resolution stays on the ticket until it is rated again. Giving the same
    rating then counts, because it is about other work, possibly by another agent.
    """
    before = ticket.rating
    if (
        before is not None
        and before.is_same_as(rating)
        and not _is_from_earlier_resolution(ticket, before)
    ):
        return []
    return [TicketRated(changes={"rating": (before, rating)})]


def _is_from_earlier_resolution(ticket: Ticket, rating: Rating) -> bool:
    """Returns whether the ticket was resolved again after this rating."""
    since, at = ticket.resolved_at, rating.rated_at
    return since is not None and at is not None and at < since
