"""The agenda: what routing has to look at before the transaction ends."""

from msgspec import Struct

from server.desk.recorded_event import RecordedEvent
from server.domain.queue_entry import find_holder
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries import availability


class RoutingAgenda(Struct):
    """Tickets that somebody fits, by number; `whole`: somebody may fit any ticket of the queue."""

    numbers: set[int] = set()
    whole: bool = False


def get_agenda(writing: WriteTransaction, org_id: int) -> RoutingAgenda:
    agenda: RoutingAgenda = writing.notes.setdefault((RoutingAgenda, org_id), RoutingAgenda())
    return agenda


def take_agenda(writing: WriteTransaction, org_id: int) -> RoutingAgenda | None:
    """What is to be looked at, which is then looked at no more."""
    agenda: RoutingAgenda | None = writing.notes.pop((RoutingAgenda, org_id), None)
    return agenda


def schedule_full_pass(writing: WriteTransaction, org_id: int) -> None:
    """Who is there, or what somebody can do, or what tickets ask for, is different now."""
    availability.discard_roster(writing, org_id)
    get_agenda(writing, org_id).whole = True


def update_loads(step: RecordedEvent) -> None:
    """Loads follow the events. Where somebody has less to do, there is room for what waits."""
    if step.after is None:
        return
    before = find_holder(step.before) if step.before else None
    after = find_holder(step.after)
    if before == after:
        return
    roster = availability.find_loaded_roster(step.writing, step.org_id)
    if roster is not None:
        roster.change_load(before, -1)
        roster.change_load(after, +1)
    if before is not None and step.live:
        get_agenda(step.writing, step.org_id).whole = True
