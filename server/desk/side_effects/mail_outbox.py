"""The outbox of mails: queues one for each person who is notified and wants a mail.

Only rows are written here. `server/delivery` renders and sends the mails.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from common.people import SUPERVISORS as SUPERVISING
from common.preferences import Channel, Digest
from server.domain import mail_schedule, notification_preferences
from server.domain.notification_rules import SUPERVISORS, TEAM, Notification
from server.domain.timestamps import to_microseconds
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.log.org_sequence import OrgSequence
from server.storage.queries.mail import mails
from server.storage.queries.outgoing.notifications import NotificationKey
from server.storage.queries.person import recipients
from server.storage.queries.person.recipients import MailAddressee


def queue_mails(
    writing: WriteTransaction,
    sequence: OrgSequence,
    place: NotificationKey,
    notified: Sequence[Notification],
    actors: dict[int, int | None],
    now: datetime,
) -> None:
    """Queues at most one mail for each person, about the first notification that the person wants.

    `actors` has the person behind each notification, by its seq: an audience is notified of what
    its members do, but the members themselves are not.
    """
    settings = sequence.settings
    for person in _load_addressees(writing, sequence, notified):
        defaults = notification_preferences.build_default_matrix(settings, agent=person.is_agent)
        for notification in _notifications_for(person, notified, actors):
            topic = notification.kind, notification.relation
            if Channel.EMAIL in notification_preferences.find_channels(
                defaults, person.preferences, topic
            ):
                due = mail_schedule.find_mail_due(person.preferences, now, settings.timezone)
                _queue_mail(writing, place, notification, person, due)
                break


def _load_addressees(
    writing: WriteTransaction, sequence: OrgSequence, notified: Sequence[Notification]
) -> Iterator[MailAddressee]:
    """Yields everybody who may want a mail; of an audience only those whose settings allow it."""
    audiences = {it.audience for it in notified}
    persons = [it for it in audiences if it > TEAM]
    found = recipients.list_mail_addressees(writing, sequence.org_id, persons) if persons else []
    yield from found
    shared = [it for it in notified if it.audience <= TEAM]
    if not shared:
        return
    defaults = notification_preferences.build_default_matrix(sequence.settings, agent=True)
    of_all = any(Channel.EMAIL in defaults[it.kind, it.relation] for it in shared)
    agents = recipients.list_agent_addressees(writing, sequence.org_id, with_wishes=not of_all)
    yield from (agent for agent in agents if agent.id not in audiences)


def _notifications_for(
    person: MailAddressee, notified: Sequence[Notification], actors: dict[int, int | None]
) -> Iterator[Notification]:
    """Yields a person's notifications: those addressed to the person, or else to an audience."""
    own = [it for it in notified if it.audience == person.id]
    yield from own
    if own or not person.is_agent:
        return
    audiences = (TEAM, SUPERVISORS) if person.role in SUPERVISING else (TEAM,)
    for it in notified:
        if it.audience in audiences and actors[it.seq] != person.id:
            yield it


def _queue_mail(
    writing: WriteTransaction,
    place: NotificationKey,
    notification: Notification,
    person: MailAddressee,
    due: datetime,
) -> None:
    mails.queue_mail(
        writing,
        org_id=place.org_id,
        user_id=person.id,
        number=place.number,
        seq=notification.seq,
        reason=notification.reason.value,
        due_at=to_microseconds(due),
        digest=person.preferences.digest is not Digest.OFF,
    )
