"""The agenda of routing: tickets that it has to look at before the transaction ends."""

from typing import Final

from msgspec import Struct

from server.desk.side_effects.recorded_event import RecordedEvent
from server.domain.queue_entry import find_holder
from server.storage.engine.transaction import TransactionState, WriteTransaction
from server.storage.queries.ticket import availability


class RoutingAgenda(Struct):
    """The numbers of tickets that somebody fits.

    `whole`: somebody may fit any ticket of the queue, so all of it is looked at.
    """

    numbers: set[int] = set()
    whole: bool = False


_AGENDAS: Final = TransactionState[dict[int, RoutingAgenda]](dict)
"""The agendas of a transaction, by organization."""


def get_agenda(writing: WriteTransaction, org_id: int) -> RoutingAgenda:
    """Returns the organization's agenda, to add to it."""
    return _AGENDAS.of(writing).setdefault(org_id, RoutingAgenda())


def take_agenda(writing: WriteTransaction, org_id: int) -> RoutingAgenda | None:
    """Removes the agenda and returns it; None where there is nothing to look at."""
    return _AGENDAS.of(writing).pop(org_id, None)


def schedule_full_pass(writing: WriteTransaction, org_id: int) -> None:
    """Has the whole queue looked at, after a change of presence, skills or settings."""
    availability.discard_roster(writing, org_id)
    get_agenda(writing, org_id).whole = True


def update_loads(recorded: RecordedEvent) -> None:
    """Updates agents' loads after an event; an available agent with less to do has room again."""
    if recorded.after is None:
        return
    before = find_holder(recorded.before) if recorded.before else None
    after = find_holder(recorded.after)
    if before == after:
        return
    roster = availability.find_loaded_roster(recorded.writing, recorded.org_id)
    if roster is not None:
        roster.change_load(before, -1)
        roster.change_load(after, +1)
    if before is not None and recorded.live and (roster is None or roster.has_room(before)):
        get_agenda(recorded.writing, recorded.org_id).whole = True
