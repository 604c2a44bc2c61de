"""Surveys to come: a resolution is followed by an invitation to rate it, in its transaction."""

from datetime import timedelta

from common.tickets.ticket import Status
from server.desk.recorded_event import Step
from server.storage.engine.optional_timestamps import stored
from server.storage.queries import surveys


def survey(step: Step) -> None:
    """A resolution is followed by an invitation; what undoes it takes the invitation back."""
    before, after = step.before, step.after
    if before is None or after is None or before.status is after.status:
        return
    if after.status is Status.RESOLVED:
        _invite_later(step)
    elif not before.is_unresolved and (after.is_unresolved or after.close_reason):
        surveys.cancel(step.writing, after.org_id, after.number)


def _invite_later(step: Step) -> None:
    wish, after = step.ledger.settings.satisfaction, step.after
    if not step.mail or not wish.enabled or after is None:
        return
    if after.customer_id == after.resolver_id:
        # An agent who did what the same agent had asked for has nobody to rate.
        return
    surveys.add(
        step.writing,
        org_id=after.org_id,
        number=after.number,
        seq=step.seq,
        customer_id=after.customer_id,
        resolver_id=after.resolver_id,
        category=after.category,
        due_at=stored(step.now + timedelta(minutes=wish.delay_minutes)),
    )
