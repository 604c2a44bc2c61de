"""The schedule of surveys: a resolution plans an invitation to rate it, in its transaction."""

from datetime import timedelta

from common.tickets.ticket import Status
from server.desk.side_effects.recorded_event import RecordedEvent
from server.domain.timestamps import to_microseconds
from server.storage.queries.ticket import surveys


def update_survey_schedule(recorded: RecordedEvent) -> None:
    """Plans an invitation after a resolution, and cancels it when the resolution is undone."""
    before, after = recorded.before, recorded.after
    if before is None or after is None or before.status is after.status:
        return
    if after.status is Status.RESOLVED:
        _schedule_invitation(recorded)
    elif not before.is_unresolved and (after.is_unresolved or after.close_reason):
        surveys.cancel_invitations(recorded.writing, after.org_id, after.number)


def _schedule_invitation(recorded: RecordedEvent) -> None:
    settings, after = recorded.sequence.settings.satisfaction, recorded.after
    if not recorded.mail or not settings.enabled or after is None:
        return
    if after.customer_id == after.resolver_id:
        # An agent who resolves a request of their own has nobody to rate.
        return
    surveys.add_invitation(
        recorded.writing,
        org_id=after.org_id,
        number=after.number,
        seq=recorded.seq,
        customer_id=after.customer_id,
        resolver_id=after.resolver_id,
        category=after.category,
        due_at=to_microseconds(recorded.now + timedelta(minutes=settings.delay_minutes)),
    )
