"""Survey invitations: asks a customer once a resolution, and not every day, for a rating."""

from datetime import datetime, timedelta
from typing import Final

from common.tickets.rating import RATING_PERIOD
from common.tickets.ticket import Ticket
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.rating_links import SURVEY
from server.domain.timestamps import to_microseconds
from server.storage.queries.mail import mails
from server.storage.queries.person import people
from server.storage.queries.ticket import surveys, tickets
from server.storage.queries.ticket.surveys import Invitation, SurveyState

SURVEY_PAUSE: Final = timedelta(hours=24)
"""The time for which a customer who was asked is not asked again."""


def send_invitation(work: UnitOfWork, number: int, seq: int) -> None:
    """Queues an invitation that is due, unless another server did or it must not be sent."""
    invitation = surveys.find_invitation(work.writing, work.actor.org_id, number, seq)
    now = to_microseconds(work.now)
    if invitation is None or invitation.due_at is None or invitation.due_at > now:
        return
    if not _may_be_sent(work, invitation):
        surveys.settle_invitation(work.writing, invitation, SurveyState.SKIPPED, None)
        return
    surveys.settle_invitation(work.writing, invitation, SurveyState.SENT, now)
    mails.queue_mail(
        work.writing,
        org_id=invitation.org_id,
        user_id=invitation.customer_id,
        number=number,
        seq=seq,
        reason=SURVEY,
        due_at=now,
    )


def _may_be_sent(work: UnitOfWork, invitation: Invitation) -> bool:
    person = people.find_person(work.writing, invitation.org_id, invitation.customer_id)
    ticket = tickets.find_ticket(work.writing, invitation.org_id, invitation.number)
    if person is None or not person.active or ticket is None or ticket.resolved_at is None:
        return False
    if _is_rated(ticket, ticket.resolved_at) or work.now >= ticket.resolved_at + RATING_PERIOD:
        return False
    since = to_microseconds(work.now - SURVEY_PAUSE)
    return not surveys.was_recently_invited(
        work.writing, invitation.org_id, invitation.customer_id, since
    )


def _is_rated(ticket: Ticket, resolved_at: datetime) -> bool:
    """Returns whether the customer has already rated this resolution."""
    at = ticket.rating.rated_at if ticket.rating else None
    return at is not None and at >= resolved_at
