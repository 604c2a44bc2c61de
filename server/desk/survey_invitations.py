"""Inviting: a customer is asked how its ticket was handled, once a resolution and not every day."""

from datetime import datetime, timedelta
from typing import Final

from common.tickets.rating import RATING_PERIOD
from common.tickets.ticket import Ticket
from server.desk.unit_of_work import UnitOfWork
from server.domain.rating_links import SURVEY
from server.domain.timestamps import to_microseconds
from server.storage.queries import mails, people, surveys, tickets
from server.storage.queries.surveys import Invitation, SurveyState

SURVEY_PAUSE: Final = timedelta(hours=24)
"""For so long a customer who was asked is not asked again."""


def send_invitation(work: UnitOfWork, number: int, seq: int) -> None:
    """Sends an invitation that is due, unless another server has, or it must not be sent."""
    it = surveys.find_invitation(work.writing, work.actor.org_id, number, seq)
    now = to_microseconds(work.now)
    if it is None or it.due_at is None or it.due_at > now:
        return
    if not _may_be_sent(work, it):
        surveys.settle_invitation(work.writing, it, SurveyState.SKIPPED, None)
        return
    surveys.settle_invitation(work.writing, it, SurveyState.SENT, now)
    mails.queue_mail(
        work.writing,
        org_id=it.org_id,
        user_id=it.customer_id,
        number=number,
        seq=seq,
        reason=SURVEY,
        due_at=now,
    )


def _may_be_sent(work: UnitOfWork, it: Invitation) -> bool:
    person = people.find_person(work.writing, it.org_id, it.customer_id)
    ticket = tickets.find_ticket(work.writing, it.org_id, it.number)
    if person is None or not person.active or ticket is None or ticket.resolved_at is None:
        return False
    if _is_rated(ticket, ticket.resolved_at) or work.now >= ticket.resolved_at + RATING_PERIOD:
        return False
    since = to_microseconds(work.now - SURVEY_PAUSE)
    return not surveys.was_recently_invited(work.writing, it.org_id, it.customer_id, since)


def _is_rated(ticket: Ticket, resolved_at: datetime) -> bool:
    """Whether the customer has rated this resolution without being asked."""
    at = ticket.rating.rated_at if ticket.rating else None
    return at is not None and at >= resolved_at
