"""Rating a ticket: what its requester thinks of how it was handled."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from common.errors import Forbidden
from common.people import Actor
from common.text import Comment
from common.tickets.decision_context import EMPTY_CONTEXT, DecisionContext
from common.tickets.event import TicketEvent
from common.tickets.score import Rating, Score
from common.tickets.ticket import Status, Ticket
from common.tickets.transitions import InvalidTransition

RATING_PERIOD: Final = timedelta(days=14)
"""How long after its resolution a ticket's link lives, and a closed ticket may be rated."""


class TicketRated(TicketEvent, frozen=True):
    """The rating is one of the ticket's fields: it stands among the changes."""

    type, story = "ticket.rated", "rated the ticket"

    @property
    def rating(self) -> Rating:
        rating: Rating = self.changes["rating"][1]
        return rating


class RateTicket(Struct, frozen=True, forbid_unknown_fields=True):
    """Rate how a ticket was handled; the last rating counts. For its requester alone."""

    score: Score
    comment: Comment | UnsetType | None = UNSET

    def decide(
        self, ticket: Ticket, actor: Actor, now: datetime, facts: DecisionContext = EMPTY_CONTEXT
    ) -> list[TicketEvent]:
        if not ticket.is_requested_by(actor) or actor.id != ticket.customer_id:
            raise Forbidden("A ticket is rated by its requester.")
        if actor.id == ticket.resolver_id:
            raise Forbidden("Your own work is rated by others.")
        if not may_be_rated(ticket, now):
            raise InvalidTransition(ticket, actor, "be rated")
        return decide_rating(ticket, Rating(self.score, self.comment or None, now))


def may_be_rated(ticket: Ticket, now: datetime) -> bool:
    """Returns whether it is resolved, or was, and was closed while its link still lives."""
    if ticket.status is Status.CLOSED:
        return ticket.resolved_at is not None and now - ticket.resolved_at < RATING_PERIOD
    return ticket.status is Status.RESOLVED


def decide_rating(ticket: Ticket, rating: Rating) -> list[TicketEvent]:
    """The event of a rating; none where it says what this resolution was told already.

    A rating of an earlier resolution stays the ticket's own until it is rated again, and may
    then be repeated: it is about other work, maybe another agent's.
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
    """Returns whether the ticket has been resolved once more since it was rated."""
    since, at = ticket.resolved_at, rating.rated_at
    return since is not None and at is not None and at < since
