"""Selects who is notified of what. The table is in docs/domain.md, "Who is notified".

The actor is never notified, and nobody twice of one activity: the strongest reason wins (the order
of `Reason`), among equal ones the first kind (the order of `NotificationKind`), then the last one.
An activity is all that one command brought about for one ticket: a reply and the change of status
that it causes are one notification.

The receipt of a new ticket is the one exception: it goes to the customer who created it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol, TypeAlias

from msgspec import Struct

from common.notifications import Reason
from common.people import Actor, Role
from common.preferences import NotificationKind, Relation
from common.tickets.filing import TicketCreated
from common.tickets.rating import TicketRated
from common.tickets.replying import MessageKind
from common.tickets.sla_events import SlaBreached, SlaWarning
from common.tickets.ticket import Priority, Status, Ticket
from common.tickets.undelivered import MessageUndelivered

TEAM: Final = 0
"""The audience that is every agent of the organization, until there are teams."""
SUPERVISORS: Final = -1
"""The audience that is every supervisor and admin."""
BAD_SCORE: Final = 2
"""The highest rating that the assignee and the supervisors are notified of."""

_REASON_RANKS: Final = {reason: rank for rank, reason in enumerate(Reason)}
_KIND_RANKS: Final = {kind: rank for rank, kind in enumerate(NotificationKind)}


class NotifiableEvent(Struct, frozen=True, kw_only=True):
    """One event of a command, with the ticket before and after it.

    `before` is None for a new ticket. `mentioned` are the agents that a message mentions,
    `author_id` is the agent whose message did not arrive. `acknowledge` is false where the
    requester gets no receipt: a program filed the ticket.
    """

    seq: int
    type: str
    actor: Actor
    after: Ticket
    before: Ticket | None = None
    message: MessageKind | None = None
    score: int | None = None
    mentioned: frozenset[int] = frozenset()
    author_id: int | None = None
    acknowledge: bool = True


class Notification(Struct, frozen=True, kw_only=True):
    """A notification of one event for an audience: a person by id, `TEAM` or `SUPERVISORS`."""

    audience: int
    seq: int
    kind: NotificationKind
    reason: Reason
    relation: Relation


_Recipient: TypeAlias = tuple[int | None, Reason, NotificationKind]


class NotifiablePeople(Protocol):
    """The people of a ticket whom its events do not name; each is asked for where it matters."""

    @property
    def followers(self) -> frozenset[int]: ...

    @property
    def participants(self) -> frozenset[int]: ...

    @property
    def requester_is_agent(self) -> bool: ...


class _NotificationContext(Struct, frozen=True):
    """Facts for all events of a command: the ticket's other people, and whether it is assigned."""

    people: NotifiablePeople
    is_unassigned: bool

    @property
    def team_relation(self) -> Relation:
        return Relation.UNASSIGNED if self.is_unassigned else Relation.TEAM

    def find_relation(self, reason: Reason, audience: int) -> Relation:
        if reason is Reason.CUSTOMER and self.people.requester_is_agent:
            return Relation.MINE if audience in self.people.participants else Relation.REQUESTED
        if reason is Reason.TEAM or reason is Reason.SUPERVISOR:
            return self.team_relation
        return Relation.FOLLOWED if reason is Reason.FOLLOWED else Relation.MINE


def select_notifications(
    events: Sequence[NotifiableEvent], people: NotifiablePeople
) -> list[Notification]:
    """Returns at most one notification for each audience of the events of one action."""
    activity = _NotificationContext(people, events[-1].after.assignee_id is None)
    strongest: dict[int, Notification] = {}
    for event in events:
        for audience, reason, kind in _find_recipients(event, activity):
            if audience is None or _is_own_action(event, audience, kind):
                continue
            notification = Notification(
                audience=audience,
                seq=event.seq,
                kind=kind,
                reason=reason,
                relation=activity.find_relation(reason, audience),
            )
            other = strongest.get(audience)
            if other is None or _strength_key(notification) < _strength_key(other):
                strongest[audience] = notification
    return list(strongest.values())


def _strength_key(notification: Notification) -> tuple[int, int, int]:
    return (
        _REASON_RANKS[_normalize_reason(notification.reason)],
        _KIND_RANKS[notification.kind],
        -notification.seq,
    )


def _normalize_reason(reason: Reason) -> Reason:
    """Being assigned and unassigned are equally strong: the latest is true."""
    return Reason.ASSIGNED if reason is Reason.UNASSIGNED else reason


def _is_own_action(event: NotifiableEvent, audience: int, kind: NotificationKind) -> bool:
    """True if the audience is the actor; the ids of keys are no ids of people. Not for receipts."""
    is_its_actor = event.actor.id == audience and event.actor.role is not Role.KEY
    return is_its_actor and kind is not NotificationKind.CREATED


def _find_recipients(
    event: NotifiableEvent, activity: _NotificationContext
) -> Iterator[_Recipient]:
    yield from _recipients_by_type(event, activity)
    if event.message is not None:
        yield from _message_recipients(event, activity)
    if event.before is not None:
        yield from _assignment_recipients(event, event.before)
        yield from _status_recipients(event, event.before, activity)
        yield from _edit_recipients(event, event.before, activity)
        yield from _unroutable_recipients(event, event.before)


def _message_recipients(
    event: NotifiableEvent, activity: _NotificationContext
) -> Iterator[_Recipient]:
    after, kind = event.after, _message_kind(event)
    yield from (
        (who, Reason.MENTIONED, NotificationKind.MENTION) for who in sorted(event.mentioned)
    )
    yield after.assignee_id, Reason.MINE, kind
    yield from _follower_recipients(activity, kind)
    if kind is NotificationKind.AGENT_REPLY:
        yield after.customer_id, Reason.CUSTOMER, kind
        yield from ((who, Reason.CUSTOMER, kind) for who in sorted(activity.people.participants))
    if kind is NotificationKind.CUSTOMER_REPLY and activity.is_unassigned:
        yield TEAM, Reason.TEAM, kind


def _message_kind(event: NotifiableEvent) -> NotificationKind:
    if event.message is MessageKind.NOTE:
        return NotificationKind.NOTE
    by_requester = event.after.is_requested_by(event.actor)
    return NotificationKind.CUSTOMER_REPLY if by_requester else NotificationKind.AGENT_REPLY


def _assignment_recipients(event: NotifiableEvent, before: Ticket) -> Iterator[_Recipient]:
    old, new = before.assignee_id, event.after.assignee_id
    if old == new:
        return
    yield new, Reason.ASSIGNED, NotificationKind.ASSIGNED
    yield old, Reason.UNASSIGNED, NotificationKind.ASSIGNED
    if new is not None:
        yield event.after.customer_id, Reason.CUSTOMER, NotificationKind.ASSIGNED


def _status_recipients(
    event: NotifiableEvent, before: Ticket, activity: _NotificationContext
) -> Iterator[_Recipient]:
    if before.status is event.after.status or before.merged_into != event.after.merged_into:
        return
    kind = _STATUS_KINDS[event.after.status]
    if not before.is_unresolved and event.after.is_unresolved:
        kind = NotificationKind.REOPENED
    yield event.after.customer_id, Reason.CUSTOMER, kind
    yield from _assignee_and_followers(event, activity, kind)


_STATUS_KINDS: Final[Mapping[Status, NotificationKind]] = {
    Status.OPEN: NotificationKind.PROGRESS,
    Status.IN_PROGRESS: NotificationKind.PROGRESS,
    Status.RESOLVED: NotificationKind.RESOLVED,
    Status.CLOSED: NotificationKind.CLOSED,
}


def _edit_recipients(
    event: NotifiableEvent, before: Ticket, activity: _NotificationContext
) -> Iterator[_Recipient]:
    after = event.after
    if (before.priority, before.category) == (after.priority, after.category):
        return
    yield from _assignee_and_followers(event, activity, NotificationKind.EDITED)
    if after.priority is Priority.URGENT is not before.priority:
        yield SUPERVISORS, Reason.SUPERVISOR, NotificationKind.EDITED


def _unroutable_recipients(event: NotifiableEvent, before: Ticket) -> Iterator[_Recipient]:
    """Routing sets `alarmed_at` once, when it has found no agent for some time."""
    notified_at = before.routing and before.routing.alarmed_at
    now = event.after.routing and event.after.routing.alarmed_at
    if now is not None and now != notified_at:
        yield SUPERVISORS, Reason.SUPERVISOR, NotificationKind.UNROUTABLE


def _assignee_and_followers(
    event: NotifiableEvent, activity: _NotificationContext, kind: NotificationKind
) -> Iterator[_Recipient]:
    yield event.after.assignee_id, Reason.MINE, kind
    yield from _follower_recipients(activity, kind)


def _follower_recipients(
    activity: _NotificationContext, kind: NotificationKind
) -> Iterable[_Recipient]:
    return ((who, Reason.FOLLOWED, kind) for who in sorted(activity.people.followers))


def _recipients_by_type(
    event: NotifiableEvent, activity: _NotificationContext
) -> Iterator[_Recipient]:
    match event.type:
        case TicketCreated.type:
            yield from _creation_recipients(event, activity)
        case SlaWarning.type:
            yield from _sla_recipients(event, NotificationKind.SLA_WARNING)
        case SlaBreached.type:
            yield from _sla_recipients(event, NotificationKind.SLA_BREACHED)
            yield SUPERVISORS, Reason.SUPERVISOR, NotificationKind.SLA_BREACHED
        case TicketRated.type:
            yield from _rating_recipients(event)
        case MessageUndelivered.type:
            yield _undelivered_recipient(event)


def _undelivered_recipient(event: NotifiableEvent) -> _Recipient:
    """The author, or the assignee where no agent wrote it, or that agent has left."""
    kind = NotificationKind.UNDELIVERED
    if event.author_id is None:
        return event.after.assignee_id, Reason.MINE, kind
    return event.author_id, Reason.AUTHOR, kind


def _creation_recipients(
    event: NotifiableEvent, activity: _NotificationContext
) -> Iterator[_Recipient]:
    if event.acknowledge:
        yield event.after.customer_id, Reason.CUSTOMER, NotificationKind.CREATED
    if activity.is_unassigned:
        yield TEAM, Reason.TEAM, NotificationKind.CREATED


def _sla_recipients(event: NotifiableEvent, kind: NotificationKind) -> Iterator[_Recipient]:
    yield event.after.assignee_id, Reason.MINE, kind
    yield TEAM, Reason.TEAM, kind


def _rating_recipients(event: NotifiableEvent) -> Iterator[_Recipient]:
    if event.score is not None and event.score <= BAD_SCORE:
        yield event.after.assignee_id, Reason.MINE, NotificationKind.RATED
        yield SUPERVISORS, Reason.SUPERVISOR, NotificationKind.RATED
