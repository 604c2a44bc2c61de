"""Telling people: a deed is told when its transaction ends, so that each hears of it once.

A deed is what one turn brought about for one ticket: a reply, the change of status that it causes,
the agent that routing finds. What it is told as is known only when all of it has happened.
"""

from datetime import datetime
from typing import Final

from common import mentions
from common.people import Actor, Role
from common.tickets.rating import TicketRated
from common.tickets.replying import MessageAdded
from common.tickets.ticket import Ticket
from server.desk import mail_outbox
from server.desk.recorded_event import RecordedEvent
from server.domain import notification_rules
from server.domain.notification_rules import NotifiableEvent
from server.storage.engine.transaction import TransactionState, WriteTransaction
from server.storage.queries import followers, notifications
from server.storage.queries.notifications import NotificationKey


def collect_notifications(step: RecordedEvent) -> None:
    """Keeps an event of a ticket for the end of the transaction."""
    if step.after is not None:
        pending = _PENDING.of(step.writing)
        pending.collect_event(step, step.after)
        step.writing.call_before_commit(_PENDING, pending.write_notifications)


class _TicketActivity:
    """What one turn has done to one ticket so far."""

    def __init__(self, step: RecordedEvent, number: int) -> None:
        self.step = step
        self.number = number
        self.events: list[NotifiableEvent] = []
        self.authors: set[int] = set()

    @property
    def is_new(self) -> bool:
        return self.events[0].before is None

    def add_event(self, step: RecordedEvent, after: Ticket) -> None:
        event = step.event
        message = event if isinstance(event, MessageAdded) else None
        self.events.append(
            NotifiableEvent(
                seq=step.seq,
                type=step.type,
                actor=step.actor,
                before=step.before,
                after=after,
                message=None if message is None else message.kind,
                score=event.rating.score if isinstance(event, TicketRated) else None,
                mentioned=frozenset()
                if message is None
                else _find_mentioned_agents(step, message.body),
            )
        )
        actor = step.actor
        if message is not None and actor.is_agent and not after.is_requested_by(actor):
            self.authors |= {actor.id} if actor.id else set()

    def write_notifications(self, writing: WriteTransaction) -> None:
        following = self._update_followers(writing)
        actors = {event.seq: _person_id(event.actor) for event in self.events}
        place = NotificationKey(self.step.org_id, self.number, self.events[0].seq)
        tellings = notification_rules.select_notifications(
            self.events, following, requester_is_agent=self._is_requester_agent(writing)
        )
        for telling in tellings:
            notifications.add_notification(writing, place, telling, actors[telling.seq])
        if self.step.mail and tellings:
            mail_outbox.queue_mails(
                writing, self.step.sequence, place, tellings, actors, self.step.now
            )

    def _is_requester_agent(self, writing: WriteTransaction) -> bool:
        # A customer acts on tickets of its own alone: the commonest case needs no look-up.
        if self.events[-1].actor.is_customer:
            return False
        requester_id = self.events[-1].after.customer_id
        return self.step.names.read_person(writing, requester_id).is_agent

    def _update_followers(self, writing: WriteTransaction) -> frozenset[int]:
        """Who follows the ticket; nobody can follow a new one yet."""
        org_id = self.step.org_id
        old: frozenset[int] = frozenset()
        if not self.is_new and notification_rules.concerns_followers(self.events):
            old = followers.read_follower_ids(writing, org_id, self.number)
        assignee_id = self.events[-1].after.assignee_id
        joining = self.authors - {assignee_id}
        for event in self.events:
            joining |= event.mentioned
        for person_id in sorted(joining - old):
            followers.add_follower(writing, org_id, self.number, person_id)
        return old


class _PendingNotifications:
    """The activities of a transaction, which units of work of several callers may share."""

    def __init__(self) -> None:
        self._activities: dict[tuple[int, int, datetime], _TicketActivity] = {}

    def collect_event(self, step: RecordedEvent, after: Ticket) -> None:
        # All events of one unit of work have its time, and the next one has another.
        key = step.org_id, after.number, step.now
        activity = self._activities.get(key)
        if activity is None:
            activity = self._activities[key] = _TicketActivity(step, after.number)
        activity.add_event(step, after)

    def write_notifications(self, writing: WriteTransaction) -> None:
        for activity in self._activities.values():
            activity.write_notifications(writing)


_PENDING: Final = TransactionState[_PendingNotifications](_PendingNotifications)


def _find_mentioned_agents(step: RecordedEvent, text: str) -> frozenset[int]:
    """Agents whom an agent or a key names; customers do not know them by name."""
    if step.actor.is_customer or not mentions.has_mention_sign(text):
        return frozenset()
    return mentions.find_mentioned_ids(
        text, followers.list_mentionable_agents(step.writing, step.org_id)
    )


def _person_id(actor: Actor) -> int | None:
    return None if actor.role is Role.KEY else actor.id
