"""Who is told what: the table of DOMAIN section 7 as a rule.

Told is never who did it, and nobody twice for one deed: the strongest reason wins (the order of
`Reason`), among equal ones the first kind (the order of `Kind`), then what came last. A deed is
all that one command brought about for one ticket: a reply and the change of status that it causes
are told together.

The receipt of a new ticket is the one exception: it goes to its customer, who filed it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from common.notifications import Reason
from common.people import LAST_AGENT, Actor, Role
from common.preferences import Kind, Relation
from common.tickets.replying import MessageKind
from common.tickets.ticket import Priority, Status, Ticket

TEAM: Final = 0
"""The audience that is every agent of the organization, until there are teams."""
SUPERVISORS: Final = -1
"""The audience that is every supervisor and admin."""
BAD_SCORE: Final = 2
"""A rating that is not higher is told to the assignee and to the supervisors."""

_REASONS: Final = {reason: rank for rank, reason in enumerate(Reason)}
_KINDS: Final = {kind: rank for rank, kind in enumerate(Kind)}


class Happened(Struct, frozen=True, kw_only=True):
    """One event of a deed: the ticket before and after it, and what else it said.

    `before` is None for a new ticket. `mentioned` are agents that a message names.
    """

    seq: int
    type: str
    actor: Actor
    after: Ticket
    before: Ticket | None = None
    message: MessageKind | None = None
    score: int | None = None
    mentioned: frozenset[int] = frozenset()


class Telling(Struct, frozen=True, kw_only=True):
    """One audience is told of one event: a person by id, `TEAM` or `SUPERVISORS`."""

    audience: int
    seq: int
    kind: Kind
    reason: Reason
    relation: Relation


_Told: TypeAlias = tuple[int | None, Reason, Kind]


class _Deed(Struct, frozen=True):
    """What every event of a deed is told by: who follows, and whose the ticket is in the end."""

    followers: frozenset[int]
    is_unassigned: bool

    @property
    def of_nobody(self) -> Relation:
        return Relation.UNASSIGNED if self.is_unassigned else Relation.TEAM

    def relation(self, reason: Reason, audience: int) -> Relation:
        if reason is Reason.CUSTOMER and audience <= LAST_AGENT:
            return Relation.REQUESTED
        if reason is Reason.TEAM or reason is Reason.SUPERVISOR:
            return self.of_nobody
        return Relation.FOLLOWED if reason is Reason.FOLLOWED else Relation.MINE


def tell(events: Sequence[Happened], followers: frozenset[int]) -> list[Telling]:
    """What is told of the events of one deed, to each audience once."""
    deed = _Deed(followers, events[-1].after.assignee_id is None)
    strongest: dict[int, Telling] = {}
    for event in events:
        for audience, reason, kind in _told(event, deed):
            if audience is None or _is_own_deed(event, audience, kind):
                continue
            telling = Telling(
                audience=audience,
                seq=event.seq,
                kind=kind,
                reason=reason,
                relation=deed.relation(reason, audience),
            )
            other = strongest.get(audience)
            if other is None or _rank(telling) < _rank(other):
                strongest[audience] = telling
    return list(strongest.values())


def concerns_followers(events: Sequence[Happened]) -> bool:
    """Whether it has to be known who follows; of what the system notes on tickets, rarely."""
    somebody = _Deed(frozenset({0}), is_unassigned=False)
    return any(
        reason is Reason.FOLLOWED for event in events for _, reason, _ in _told(event, somebody)
    )


def _rank(telling: Telling) -> tuple[int, int, int]:
    return _REASONS[_even(telling.reason)], _KINDS[telling.kind], -telling.seq


def _even(reason: Reason) -> Reason:
    """Got and lost are equally strong: what came last is true."""
    return Reason.ASSIGNED if reason is Reason.UNASSIGNED else reason


def _is_own_deed(event: Happened, audience: int, kind: Kind) -> bool:
    """A key's id is no person's, and the receipt of a new ticket goes to who filed it."""
    is_its_actor = event.actor.id == audience and event.actor.role is not Role.KEY
    return is_its_actor and kind is not Kind.CREATED


def _told(event: Happened, deed: _Deed) -> Iterator[_Told]:
    yield from _by_type(event, deed)
    if event.message is not None:
        yield from _message(event, deed)
    if event.before is not None:
        yield from _assignment(event, event.before)
        yield from _status(event, event.before, deed)
        yield from _edit(event, event.before, deed)
        yield from _alarm(event, event.before)


def _message(event: Happened, deed: _Deed) -> Iterator[_Told]:
    after, kind = event.after, _kind_of_message(event)
    yield from ((who, Reason.MENTIONED, Kind.MENTION) for who in sorted(event.mentioned))
    yield after.assignee_id, Reason.MINE, kind
    yield from _followers(deed, kind)
    if kind is Kind.AGENT_REPLY:
        yield after.customer_id, Reason.CUSTOMER, kind
    if kind is Kind.CUSTOMER_REPLY and deed.is_unassigned:
        yield TEAM, Reason.TEAM, kind


def _kind_of_message(event: Happened) -> Kind:
    if event.message is MessageKind.NOTE:
        return Kind.NOTE
    by_requester = event.after.is_requested_by(event.actor)
    return Kind.CUSTOMER_REPLY if by_requester else Kind.AGENT_REPLY


def _assignment(event: Happened, before: Ticket) -> Iterator[_Told]:
    old, new = before.assignee_id, event.after.assignee_id
    if old == new:
        return
    yield new, Reason.ASSIGNED, Kind.ASSIGNED
    yield old, Reason.UNASSIGNED, Kind.ASSIGNED
    if new is not None:
        yield event.after.customer_id, Reason.CUSTOMER, Kind.ASSIGNED


def _status(event: Happened, before: Ticket, deed: _Deed) -> Iterator[_Told]:
    if before.status is event.after.status:
        return
    kind = _ARRIVALS[event.after.status]
    if not before.is_unresolved and event.after.is_unresolved:
        kind = Kind.REOPENED
    yield event.after.customer_id, Reason.CUSTOMER, kind
    yield from _working(event, deed, kind)


_ARRIVALS: Final[Mapping[Status, Kind]] = {
    Status.OPEN: Kind.PROGRESS,
    Status.IN_PROGRESS: Kind.PROGRESS,
    Status.RESOLVED: Kind.RESOLVED,
    Status.CLOSED: Kind.CLOSED,
}


def _edit(event: Happened, before: Ticket, deed: _Deed) -> Iterator[_Told]:
    after = event.after
    if (before.priority, before.category) == (after.priority, after.category):
        return
    yield from _working(event, deed, Kind.EDITED)
    if after.priority is Priority.URGENT is not before.priority:
        yield SUPERVISORS, Reason.SUPERVISOR, Kind.EDITED


def _alarm(event: Happened, before: Ticket) -> Iterator[_Told]:
    """Routing says so on the ticket, once, when it has looked for somebody in vain for long."""
    told = before.routing and before.routing.alarmed_at
    now = event.after.routing and event.after.routing.alarmed_at
    if now is not None and now != told:
        yield SUPERVISORS, Reason.SUPERVISOR, Kind.UNROUTABLE


def _working(event: Happened, deed: _Deed, kind: Kind) -> Iterator[_Told]:
    yield event.after.assignee_id, Reason.MINE, kind
    yield from _followers(deed, kind)


def _followers(deed: _Deed, kind: Kind) -> Iterable[_Told]:
    return ((who, Reason.FOLLOWED, kind) for who in sorted(deed.followers))


def _by_type(event: Happened, deed: _Deed) -> Iterator[_Told]:
    match event.type:
        case "ticket.created":
            yield from _created(event, deed)
        case "sla.warning":
            yield from _clock(event, Kind.SLA_WARNING)
        case "sla.breached":
            yield from _clock(event, Kind.SLA_BREACHED)
            yield SUPERVISORS, Reason.SUPERVISOR, Kind.SLA_BREACHED
        case "ticket.rated":
            yield from _rated(event)
        case "ticket.merged" | "ticket.split":
            yield event.after.customer_id, Reason.CUSTOMER, Kind.MERGED
            yield from _working(event, deed, Kind.MERGED)


def _created(event: Happened, deed: _Deed) -> Iterator[_Told]:
    yield event.after.customer_id, Reason.CUSTOMER, Kind.CREATED
    if deed.is_unassigned:
        yield TEAM, Reason.TEAM, Kind.CREATED


def _clock(event: Happened, kind: Kind) -> Iterator[_Told]:
    yield event.after.assignee_id, Reason.MINE, kind
    yield TEAM, Reason.TEAM, kind


def _rated(event: Happened) -> Iterator[_Told]:
    if event.score is not None and event.score <= BAD_SCORE:
        yield event.after.assignee_id, Reason.MINE, Kind.RATED
        yield SUPERVISORS, Reason.SUPERVISOR, Kind.RATED
