"""The outbox of mails: queues one for each person who is notified and wants a mail.

Only rows are written here. `server/delivery` renders and sends the mails.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from common.people import SUPERVISORS as SUPERVISING
from common.preferences import Channel, Digest
from server.domain import mail_schedule, notification_preferences
from server.domain.notification_preferences import Matrix
from server.domain.notification_rules import SUPERVISORS, TEAM, Notification
from server.domain.timestamps import to_microseconds
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.log.org_sequence import OrgSequence
from server.storage.queries.mail import mails
from server.storage.queries.outgoing.notifications import NotificationKey
from server.storage.queries.person import recipients
from server.storage.queries.person.recipients import MailAddressee


class _NotifiedActivity(NamedTuple):
    """The notifications of one activity of a ticket.

    `actors` has the person behind each notification, by its seq: an audience is notified of what
    its members do, but the members themselves are not.
    """

    place: NotificationKey
    notified: Sequence[Notification]
    actors: dict[int, int | None]
    now: datetime


class MailOutbox:
    """Queues the mails of one organization in one transaction; reads people's wishes once."""

    def __init__(self, writing: WriteTransaction, sequence: OrgSequence) -> None:
        self._writing = writing
        self._org_id = sequence.org_id
        self._settings = sequence.settings
        self._activities: list[_NotifiedActivity] = []
        self._defaults: dict[bool, Matrix] = {}
        """The organization's channels, for agents and for customers."""
        self._agents: dict[bool, list[MailAddressee]] = {}
        """All agents, or those `with_wishes`."""

    def add_activity(
        self,
        place: NotificationKey,
        notified: Sequence[Notification],
        actors: dict[int, int | None],
        now: datetime,
    ) -> None:
        """Adds the notifications of an activity; nothing is written yet."""
        self._activities.append(_NotifiedActivity(place, notified, actors, now))

    def queue_mails(self) -> None:
        """Queues at most one mail for each person and activity, about the first one that they want.

        Nobody's wishes may change from here to the end of the transaction.
        """
        people = self._load_people()
        for activity in self._activities:
            for person in self._find_addressees(activity.notified, people):
                self._queue_wanted_mail(activity, person)

    def _queue_wanted_mail(self, activity: _NotifiedActivity, person: MailAddressee) -> None:
        """Queues a mail about the person's first notification that they want, if there is one."""
        for notification in _notifications_for(person, activity.notified, activity.actors):
            if self._is_wanted(person, notification):
                due = mail_schedule.find_mail_due(
                    person.preferences, activity.now, self._settings.timezone
                )
                _queue_mail(self._writing, activity.place, notification, person, due)
                return

    def _load_people(self) -> dict[int, MailAddressee]:
        """Returns those who are notified in person and can get mails, by their ids."""
        ids = {it.audience for activity in self._activities for it in activity.notified}
        persons = sorted(it for it in ids if it > TEAM)
        if not persons:
            return {}
        found = recipients.list_mail_addressees(self._writing, self._org_id, persons)
        return {it.id: it for it in found}

    def _is_wanted(self, person: MailAddressee, notification: Notification) -> bool:
        topic = notification.kind, notification.relation
        defaults = self._find_defaults(is_agent=person.is_agent)
        return Channel.EMAIL in notification_preferences.find_channels(
            defaults, person.preferences, topic
        )

    def _find_defaults(self, *, is_agent: bool) -> Matrix:
        found = self._defaults.get(is_agent)
        if found is None:
            found = self._defaults[is_agent] = notification_preferences.build_default_matrix(
                self._settings, agent=is_agent
            )
        return found

    def _find_addressees(
        self, notified: Sequence[Notification], people: dict[int, MailAddressee]
    ) -> Iterator[MailAddressee]:
        """Yields everybody who may want a mail; of an audience those whose settings allow it."""
        audiences = {it.audience for it in notified}
        yield from (people[it] for it in sorted(audiences) if it in people)
        shared = [it for it in notified if it.audience <= TEAM]
        if not shared:
            return
        defaults = self._find_defaults(is_agent=True)
        of_all = any(Channel.EMAIL in defaults[it.kind, it.relation] for it in shared)
        agents = self._list_agents(with_wishes=not of_all)
        yield from (agent for agent in agents if agent.id not in audiences)

    def _list_agents(self, *, with_wishes: bool) -> list[MailAddressee]:
        found = self._agents.get(with_wishes)
        if found is None:
            found = self._agents[with_wishes] = recipients.list_agent_addressees(
                self._writing, self._org_id, with_wishes=with_wishes
            )
        return found


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
