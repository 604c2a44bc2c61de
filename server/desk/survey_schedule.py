"""Surveys to come: a resolution is followed by an invitation to rate it, in its transaction."""

from datetime import timedelta

from common.tickets.ticket import Status
from server.desk.recorded_event import RecordedEvent
from server.domain.timestamps import to_microseconds
from server.storage.queries import surveys


def update_survey_schedule(step: RecordedEvent) -> None:
    """A resolution is followed by an invitation; what undoes it takes the invitation back."""
    before, after = step.before, step.after
    if before is None or after is None or before.status is after.status:
        return
    if after.status is Status.RESOLVED:
        _schedule_invitation(step)
    elif not before.is_unresolved and (after.is_unresolved or after.close_reason):
        surveys.cancel_invitations(step.writing, after.org_id, after.number)


def _schedule_invitation(step: RecordedEvent) -> None:
    wish, after = step.sequence.settings.satisfaction, step.after
    if not step.mail or not wish.enabled or after is None:
        return
    if after.customer_id == after.resolver_id:
        # An agent who did what the same agent had asked for has nobody to rate.
        return
    surveys.add_invitation(
        step.writing,
        org_id=after.org_id,
        number=after.number,
        seq=step.seq,
        customer_id=after.customer_id,
        resolver_id=after.resolver_id,
        category=after.category,
        due_at=to_microseconds(step.now + timedelta(minutes=wish.delay_minutes)),
    )
