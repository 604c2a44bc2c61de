"""Mails that are owed for a deed: to whom of those who are told, and when they may go.

Rows alone: what a mail says, and that it is sent, is the business of `server/delivery`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from common.people import SUPERVISORS as SUPERVISING
from common.preferences import Channel, Digest
from server.domain import mail_schedule, notification_preferences
from server.domain.notification_rules import SUPERVISORS, TEAM, Telling
from server.storage.engine.optional_timestamps import stored
from server.storage.engine.transaction import Writing
from server.storage.queries import mails, recipients
from server.storage.queries.notifications import Place
from server.storage.queries.org_sequence import Ledger
from server.storage.queries.recipients import Addressee


def owe(
    writing: Writing,
    ledger: Ledger,
    place: Place,
    tellings: Sequence[Telling],
    actors: dict[int, int | None],
    now: datetime,
) -> None:
    """A row for everybody who is told and wishes a mail of it; one for each person.

    `actors` has who did what is told, by its seq: kinds of people are told, but never they.
    """
    settings = ledger.settings
    for person in _addressees(writing, ledger, tellings):
        defaults = notification_preferences.defaults(settings, agent=person.is_agent)
        for telling in _of(person, tellings, actors):
            topic = telling.kind, telling.relation
            if Channel.EMAIL in notification_preferences.channels(
                defaults, person.preferences, topic
            ):
                due = mail_schedule.due(person.preferences, now, settings.timezone)
                _add(writing, place, telling, person, due)
                break


def _addressees(
    writing: Writing, ledger: Ledger, tellings: Sequence[Telling]
) -> Iterator[Addressee]:
    """Everybody who may wish a mail; of kinds of people only those who can, without a search."""
    told = {it.audience for it in tellings}
    persons = [it for it in told if it > TEAM]
    found = recipients.addressees(writing, ledger.org_id, persons) if persons else []
    yield from found
    shared = [it for it in tellings if it.audience <= TEAM]
    if not shared:
        return
    house = notification_preferences.defaults(ledger.settings, agent=True)
    of_all = any(Channel.EMAIL in house[it.kind, it.relation] for it in shared)
    agents = recipients.agents(writing, ledger.org_id, with_wishes=not of_all)
    yield from (agent for agent in agents if agent.id not in told)


def _of(
    person: Addressee, tellings: Sequence[Telling], actors: dict[int, int | None]
) -> Iterator[Telling]:
    """What the person is told: in person, or else with others."""
    own = [it for it in tellings if it.audience == person.id]
    yield from own
    if own or not person.is_agent:
        return
    audiences = (TEAM, SUPERVISORS) if person.role in SUPERVISING else (TEAM,)
    for it in tellings:
        if it.audience in audiences and actors[it.seq] != person.id:
            yield it


def _add(
    writing: Writing, place: Place, telling: Telling, person: Addressee, due: datetime
) -> None:
    mails.add(
        writing,
        org_id=place.org_id,
        user_id=person.id,
        number=place.number,
        seq=telling.seq,
        reason=telling.reason.value,
        due_at=stored(due),
        digest=person.preferences.digest is not Digest.OFF,
    )
