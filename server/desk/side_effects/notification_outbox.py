"""Collects notifications and writes at most one per recipient and activity, at the end.

An activity is what one unit of work does to one ticket: a reply, the change of status that it
causes, the agent that routing finds. Its strongest notification is known only when all of it has
happened.
"""

from datetime import datetime
from functools import cached_property
from typing import Final

from common import mentions
from common.people import Actor, Role
from common.tickets.rating import TicketRated
from common.tickets.replying import MessageAdded
from common.tickets.ticket import Ticket
from common.tickets.undelivered import MessageUndelivered
from server.desk.side_effects.mail_outbox import MailOutbox
from server.desk.side_effects.recorded_event import RecordedEvent
from server.domain import notification_rules
from server.domain.notification_rules import NotifiableEvent
from server.storage.engine.transaction import TransactionState, WriteTransaction
from server.storage.queries.outgoing import notifications
from server.storage.queries.outgoing.notifications import NotificationKey
from server.storage.queries.ticket import followers, participants


def collect_notifications(recorded: RecordedEvent) -> None:
    """Keeps an event of a ticket for the end of the transaction."""
    if recorded.after is not None and not recorded.quiet:
        pending = _PENDING.of(recorded.writing)
        pending.collect_event(recorded, recorded.after)
        recorded.writing.call_before_commit(_PENDING, pending.write_notifications)


class _TicketActivity:
    """Everything that one unit of work has done to one ticket so far."""

    def __init__(self, recorded: RecordedEvent, number: int) -> None:
        self.recorded = recorded
        self.number = number
        self.events: list[NotifiableEvent] = []
        self.authors: set[int] = set()

    @property
    def is_new(self) -> bool:
        return self.events[0].before is None

    def add_event(self, recorded: RecordedEvent, after: Ticket) -> None:
        event = recorded.event
        message = event if isinstance(event, MessageAdded) else None
        self.events.append(
            NotifiableEvent(
                seq=recorded.seq,
                type=recorded.type,
                actor=recorded.actor,
                acknowledge=recorded.acknowledge,
                before=recorded.before,
                after=after,
                message=None if message is None else message.kind,
                score=event.rating.score if isinstance(event, TicketRated) else None,
                mentioned=frozenset()
                if message is None
                else _find_mentioned_agents(recorded, message.body),
                author_id=event.author_id if isinstance(event, MessageUndelivered) else None,
            )
        )
        actor = recorded.actor
        if message is not None and actor.is_agent and not after.is_requested_by(actor):
            self.authors |= {actor.id} if actor.id else set()

    def write_notifications(self, writing: WriteTransaction, mails: MailOutbox) -> None:
        people = _StoredPeople(writing, self)
        self._add_followers(writing, people)
        actors = {event.seq: _person_id(event.actor) for event in self.events}
        place = NotificationKey(self.recorded.org_id, self.number, self.events[0].seq)
        selected = notification_rules.select_notifications(self.events, people)
        for notification in selected:
            notifications.add_notification(writing, place, notification, actors[notification.seq])
        if self.recorded.mail and selected:
            mails.add_activity(place, selected, actors, self.recorded.now)

    def _add_followers(self, writing: WriteTransaction, people: "_StoredPeople") -> None:
        """Lets those follow the ticket who wrote to it or are mentioned, unless it is theirs."""
        joining = self.authors - {self.events[-1].after.assignee_id}
        for event in self.events:
            joining |= event.mentioned
        # The followers are asked for before one is added: they are those of before the activity.
        for person_id in sorted(joining and joining - people.followers):
            followers.add_follower(writing, self.recorded.org_id, self.number, person_id)


class _StoredPeople:
    """The people of an activity's ticket, as stored before it."""

    def __init__(self, writing: WriteTransaction, activity: _TicketActivity) -> None:
        self._writing = writing
        self._activity = activity

    @cached_property
    def followers(self) -> frozenset[int]:
        """The ids of the followers; nobody follows a new ticket yet."""
        it = self._activity
        if it.is_new:
            return frozenset()
        return followers.read_follower_ids(self._writing, it.recorded.org_id, it.number)

    @cached_property
    def participants(self) -> frozenset[int]:
        """The ids of the participants."""
        it = self._activity
        return participants.read_participant_ids(self._writing, it.recorded.org_id, it.number)

    @cached_property
    def requester_is_agent(self) -> bool:
        """True if the ticket's requester is an agent."""
        last = self._activity.events[-1]
        # Customers act on their own tickets only: the most common case needs no query.
        if last.actor.is_customer:
            return False
        names = self._activity.recorded.names
        return names.read_person(self._writing, last.after.customer_id).is_agent


class _PendingNotifications:
    """The activities of a transaction, which units of work of several callers may share."""

    def __init__(self) -> None:
        self._activities: dict[tuple[int, int, datetime], _TicketActivity] = {}

    def collect_event(self, recorded: RecordedEvent, after: Ticket) -> None:
        # All events of one unit of work have its time, and the next one has another.
        key = recorded.org_id, after.number, recorded.now
        activity = self._activities.get(key)
        if activity is None:
            activity = self._activities[key] = _TicketActivity(recorded, after.number)
        activity.add_event(recorded, after)

    def write_notifications(self, writing: WriteTransaction) -> None:
        outboxes: dict[int, MailOutbox] = {}
        for activity in self._activities.values():
            sequence = activity.recorded.sequence
            mails = outboxes.get(sequence.org_id)
            if mails is None:
                mails = outboxes[sequence.org_id] = MailOutbox(writing, sequence)
            activity.write_notifications(writing, mails)
        for mails in outboxes.values():
            mails.queue_mails()


_PENDING: Final = TransactionState[_PendingNotifications](_PendingNotifications)


def _find_mentioned_agents(recorded: RecordedEvent, text: str) -> frozenset[int]:
    """Returns the agents whom an agent or a key mentions; customers cannot mention anybody."""
    if recorded.actor.is_customer or not mentions.has_mention_sign(text):
        return frozenset()
    return mentions.find_mentioned_ids(
        text, followers.list_mentionable_agents(recorded.writing, recorded.org_id)
    )


def _person_id(actor: Actor) -> int | None:
    return None if actor.role is Role.KEY else actor.id
