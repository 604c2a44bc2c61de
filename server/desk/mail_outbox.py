"""Mails that are owed for a deed: to whom of those who are told, and when they may go.

Rows alone: what a mail says, and that it is sent, is the business of `server/delivery`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from common.people import SUPERVISORS as SUPERVISING
from common.preferences import Channel, Digest
from server.domain import mail_schedule, notification_preferences
from server.domain.notification_rules import SUPERVISORS, TEAM, Notification
from server.domain.timestamps import to_microseconds
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries import mails, recipients
from server.storage.queries.notifications import NotificationKey
from server.storage.queries.org_sequence import OrgSequence
from server.storage.queries.recipients import MailAddressee


def queue_mails(
    writing: WriteTransaction,
    sequence: OrgSequence,
    place: NotificationKey,
    tellings: Sequence[Notification],
    actors: dict[int, int | None],
    now: datetime,
) -> None:
    """A row for everybody who is told and wishes a mail of it; one for each person.

    `actors` has who did what is told, by its seq: kinds of people are told, but never they.
    """
    settings = sequence.settings
    for person in _load_addressees(writing, sequence, tellings):
        defaults = notification_preferences.build_default_matrix(settings, agent=person.is_agent)
        for telling in _notifications_for(person, tellings, actors):
            topic = telling.kind, telling.relation
            if Channel.EMAIL in notification_preferences.find_channels(
                defaults, person.preferences, topic
            ):
                due = mail_schedule.find_mail_due(person.preferences, now, settings.timezone)
                _queue_mail(writing, place, telling, person, due)
                break


def _load_addressees(
    writing: WriteTransaction, sequence: OrgSequence, tellings: Sequence[Notification]
) -> Iterator[MailAddressee]:
    """Everybody who may wish a mail; of kinds of people only those who can, without a search."""
    told = {it.audience for it in tellings}
    persons = [it for it in told if it > TEAM]
    found = recipients.list_mail_addressees(writing, sequence.org_id, persons) if persons else []
    yield from found
    shared = [it for it in tellings if it.audience <= TEAM]
    if not shared:
        return
    house = notification_preferences.build_default_matrix(sequence.settings, agent=True)
    of_all = any(Channel.EMAIL in house[it.kind, it.relation] for it in shared)
    agents = recipients.list_agent_addressees(writing, sequence.org_id, with_wishes=not of_all)
    yield from (agent for agent in agents if agent.id not in told)


def _notifications_for(
    person: MailAddressee, tellings: Sequence[Notification], actors: dict[int, int | None]
) -> Iterator[Notification]:
    """What the person is told: in person, or else with others."""
    own = [it for it in tellings if it.audience == person.id]
    yield from own
    if own or not person.is_agent:
        return
    audiences = (TEAM, SUPERVISORS) if person.role in SUPERVISING else (TEAM,)
    for it in tellings:
        if it.audience in audiences and actors[it.seq] != person.id:
            yield it


def _queue_mail(
    writing: WriteTransaction,
    place: NotificationKey,
    telling: Notification,
    person: MailAddressee,
    due: datetime,
) -> None:
    mails.queue_mail(
        writing,
        org_id=place.org_id,
        user_id=person.id,
        number=place.number,
        seq=telling.seq,
        reason=telling.reason.value,
        due_at=to_microseconds(due),
        digest=person.preferences.digest is not Digest.OFF,
    )
