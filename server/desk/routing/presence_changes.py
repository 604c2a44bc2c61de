"""Presence: sets whether a person is available for work, and until when."""

from msgspec.structs import replace

from common.envelope import PRESENCE_CHANGED
from common.errors import NotFound
from common.people import Presence
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.routing import ticket_returns
from server.domain.timestamps import to_microseconds
from server.storage.queries.person import people
from server.storage.queries.person.people import Person


def change_presence(
    work: UnitOfWork,
    person_id: int,
    state: Presence,
    until: int | None = None,
    lost_at: int | None = None,
) -> Person:
    """Sets a person's presence, until a time (microseconds since 1970) or without an end.

    Renewing the same state records no event, unless it had lapsed or ends earlier now: another
    server would not know. A person who renews or sets a presence is not lost any more. Offline
    needs no renewal, so it has no end. Raises NotFound.
    """
    before = people.find_person(work.writing, work.actor.org_id, person_id)
    if before is None:
        raise NotFound
    until = None if state is Presence.OFFLINE else until
    after = replace(before, presence=state, presence_until=until, lost_at=lost_at)
    if after != before:
        people.save_person(work.writing, after)
    if after.presence is not before.presence or _is_known_otherwise(work, before, after):
        event_recorder.record_user(work, after, PRESENCE_CHANGED)
    if after.presence is not before.presence and before.presence is Presence.OFFLINE:
        ticket_returns.clear_lost_flags(work, after)
    return after


def _is_known_otherwise(work: UnitOfWork, before: Person, after: Person) -> bool:
    """Returns whether another server takes a renewed presence for lapsed, or for a longer one."""
    if _is_presence_expired(work, before):
        return True
    ends = after.presence_until
    return ends is not None and (before.presence_until is None or ends < before.presence_until)


def expire_presence(work: UnitOfWork, person_id: int) -> None:
    """Sets a person offline and lost whose presence has lapsed, unless it was renewed since."""
    person = people.find_person(work.writing, work.actor.org_id, person_id)
    if person and _is_presence_expired(work, person):
        change_presence(work, person_id, Presence.OFFLINE, lost_at=to_microseconds(work.now))


def mark_signed_out(work: UnitOfWork, person_id: int) -> None:
    """Sets a person offline whose last session has ended; one who was lost stays lost."""
    expire_presence(work, person_id)
    person = people.find_person(work.writing, work.actor.org_id, person_id)
    if person is not None:
        change_presence(work, person_id, Presence.OFFLINE, lost_at=person.lost_at)


def _is_presence_expired(work: UnitOfWork, person: Person) -> bool:
    return person.presence_until is not None and person.presence_until <= to_microseconds(work.now)
