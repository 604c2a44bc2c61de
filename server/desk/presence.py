"""Presence in a turn of the desk: who is there to take work, and until when."""

from msgspec.structs import replace

from common.people import Presence
from common.refused import NotFound
from server.desk.turn import Turn
from server.storage import people
from server.storage.instant import stored
from server.storage.people import Person


def change(turn: Turn, person_id: int, state: Presence, until: int | None = None) -> Person:
    """A person's presence, for good or until a time (microseconds since 1970).

    A renewal of the same state is no event. Raises NotFound.
    """
    _ = turn.ledger
    before = people.find(turn.writing, turn.actor.org_id, person_id)
    if before is None:
        raise NotFound
    after = replace(before, presence=state, presence_until=until)
    if after != before:
        people.save(turn.writing, after)
    if after.presence is not before.presence:
        turn.record_user(after, "presence.changed")
    return after


def lapse(turn: Turn, person_id: int) -> None:
    """Whose presence was not renewed in time is offline, unless it was renewed meanwhile."""
    _ = turn.ledger
    person = people.find(turn.writing, turn.actor.org_id, person_id)
    if person and person.presence_until and person.presence_until <= stored(turn.now):
        change(turn, person_id, Presence.OFFLINE)
