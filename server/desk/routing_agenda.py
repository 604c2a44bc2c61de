"""The agenda: what routing has to look at before the transaction ends."""

from msgspec import Struct

from server.desk.recorded_event import Step
from server.domain.queue_entry import holder
from server.storage.engine.transaction import Writing
from server.storage.queries import availability


class Agenda(Struct):
    """Tickets that somebody fits, by number; `whole`: somebody may fit any ticket of the queue."""

    numbers: set[int] = set()
    whole: bool = False


def of(writing: Writing, org_id: int) -> Agenda:
    agenda: Agenda = writing.notes.setdefault((Agenda, org_id), Agenda())
    return agenda


def take(writing: Writing, org_id: int) -> Agenda | None:
    """What is to be looked at, which is then looked at no more."""
    agenda: Agenda | None = writing.notes.pop((Agenda, org_id), None)
    return agenda


def look_again(writing: Writing, org_id: int) -> None:
    """Who is there, or what somebody can do, or what tickets ask for, is different now."""
    availability.forget(writing, org_id)
    of(writing, org_id).whole = True


def keep_up(step: Step) -> None:
    """Loads follow the events. Where somebody has less to do, there is room for what waits."""
    if step.after is None:
        return
    before = holder(step.before) if step.before else None
    after = holder(step.after)
    if before == after:
        return
    roster = availability.known(step.writing, step.org_id)
    if roster is not None:
        roster.burden(before, -1)
        roster.burden(after, +1)
    if before is not None and step.live:
        of(step.writing, step.org_id).whole = True
