"""Derives the facts that reports count from one event of a ticket.

Pure, so that counting a log again gives the same facts. Durations are integer microseconds and
never negative: the entries of an imported history may be in any order. What counts is listed in
docs/reports.md, "The figures"; who is credited in docs/decisions/0017-who-is-credited.md.
"""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from common.people import Actor
from common.tickets.event import TicketEvent
from common.tickets.replying import MessageAdded, MessageKind
from common.tickets.sla import Sla, Target, TargetName
from common.tickets.ticket import CloseReason, Status, Ticket
from server.domain import sla_rules
from server.domain.derived_fields import BACKLOG_FIELDS
from server.domain.reports.interval_kinds import IntervalKind
from server.domain.timestamps import to_microseconds

BusinessClock = Callable[[int, int, int], int]
"""Returns business microseconds by a policy version: (version, start, end)."""


class Fact(Struct, frozen=True):
    """A report row; `value` and `business` are in microseconds, or `value` is a score."""

    kind: IntervalKind
    at: int
    seq: int
    number: int
    agent_id: int | None
    category: str
    priority: int
    value: int = 0
    business: int = 0


class TicketChange(Struct, frozen=True, kw_only=True):
    """An event of an existing ticket, with its actor and the ticket before and after it.

    `terms` is the policy version in force at that time.
    """

    event: TicketEvent
    actor: Actor
    at: int
    terms: int
    before: Ticket
    after: Ticket

    @property
    def credited_id(self) -> int | None:
        """The credited agent: the agent who did it, else the assignee."""
        return self.actor.id if self._is_by_agent else self.after.assignee_id

    @property
    def is_agent_reply(self) -> bool:
        """Returns whether it is a public reply by a human agent other than the requester."""
        event = self.event
        public = isinstance(event, MessageAdded) and event.kind is MessageKind.REPLY
        return public and self._is_by_agent

    @property
    def _is_by_agent(self) -> bool:
        return self.actor.is_agent and not self.before.is_requested_by(self.actor)

    def make_fact(
        self, kind: IntervalKind, agent_id: int | None, value: int = 0, business: int | None = None
    ) -> Fact:
        """Returns a row of this event, with category and priority after it."""
        it = self.after
        return Fact(
            kind,
            self.at,
            it.last_seq,
            it.number,
            agent_id,
            it.category,
            it.priority.rank,
            value,
            value if business is None else business,
        )

    def make_duration_fact(
        self,
        kind: IntervalKind,
        agent_id: int | None,
        since: int,
        business: BusinessClock,
        of: Target | None,
    ) -> Fact:
        """Returns the row of an interval that began at `since`, with its SLA target `of`.

        Business time is measured by the policy version of the target, in force at the beginning.
        Imported history has no targets and uses the version in force at the import.
        """
        end = max(self.at, since)
        terms = self.terms if of is None else of.terms
        return self.make_fact(kind, agent_id, end - since, business(terms, since, end))


def is_counted(ticket: Ticket) -> bool:
    """Returns False for spam, duplicates and merged tickets, which count as created only."""
    return ticket.close_reason is None


def derive_facts(change: TicketChange, business: BusinessClock) -> Iterator[Fact]:
    """Yields the facts of an event of a counted ticket."""
    yield from _filed_as_facts(change)
    before, after = change.before, change.after
    if CloseReason.MERGED in {before.close_reason, after.close_reason}:
        # A merge that was undone: the ticket was away, and neither answered nor reopened.
        yield from _backlog_facts(change)
        return
    if not _is_copy(change.event):
        yield from derive_wait_facts(change, business)
    if before.status is not after.status:
        yield from _status_facts(change, business)
    yield from _backlog_facts(change)
    if before.rating != after.rating and after.rating is not None:
        yield change.make_fact(IntervalKind.RATED, after.resolver_id, after.rating.score)
    if not _is_copy(change.event):
        yield from derive_sla_facts(change)


def _is_copy(event: TicketEvent) -> bool:
    """Returns whether a split copied the message: it counts for the ticket it was written to."""
    return isinstance(event, MessageAdded) and event.copied_from is not None


def derive_wait_facts(change: TicketChange, business: BusinessClock) -> Iterator[Fact]:
    """Yields the fact of the unanswered interval that the event ended."""
    before, after = change.before, change.after
    if CloseReason.MERGED in {before.close_reason, after.close_reason}:
        return
    if before.unanswered_since is not None and after.unanswered_since is None:
        yield _wait_fact(change, to_microseconds(before.unanswered_since), business)


def derive_uncounted_facts(change: TicketChange) -> Iterator[Fact]:
    """Yields the facts of an event of an uncounted ticket: how it was created."""
    return _filed_as_facts(change)


def normalize_opened(ticket: Ticket) -> Ticket:
    """Returns a new ticket of an older server with the fields that newer ones set."""
    return replace(
        ticket,
        unanswered_since=ticket.unanswered_since
        or (None if ticket.first_response_at else ticket.created_at),
        queued_at=ticket.queued_at or ticket.created_at,
        standing_since=ticket.standing_since or ticket.created_at,
    )


def find_replaced_rating(change: TicketChange) -> int | None:
    """Returns the time of the rating of the same resolution that this event replaces.

    A rating that leaves the ticket with its customer was given all the same.
    """
    old, new, since = change.before.rating, change.after.rating, change.before.resolved_at
    if old is None or new is None or old == new or old.rated_at is None:
        return None
    of_this_resolution = since is None or old.rated_at >= since
    return to_microseconds(old.rated_at) if of_this_resolution else None


def _wait_fact(change: TicketChange, since: int, business: BusinessClock) -> Fact:
    """Returns the fact of an unanswered interval that ended with a reply, or without."""
    first, promises = change.before.first_response_at is None, change.before.sla or Sla()
    of = promises.first_response if first else promises.next_response
    if not change.is_agent_reply:
        return change.make_duration_fact(
            IntervalKind.UNANSWERED, change.credited_id, since, business, of
        )
    kind = IntervalKind.FIRST_RESPONSE if first else IntervalKind.NEXT_RESPONSE
    return change.make_duration_fact(kind, change.actor.id, since, business, of)


def _status_facts(change: TicketChange, business: BusinessClock) -> Iterator[Fact]:
    before, after = change.before, change.after
    if after.status is Status.RESOLVED:
        first = before.first_resolved_at is None
        kind = IntervalKind.FIRST_RESOLUTION if first else IntervalKind.LATER_RESOLUTION
        of = after.sla.resolution if after.sla else None
        since = to_microseconds(after.created_at)
        yield change.make_duration_fact(kind, after.resolver_id, since, business, of)
    if after.is_unresolved and not before.is_unresolved:
        yield change.make_fact(IntervalKind.REOPENED, before.resolver_id)


def _backlog_facts(change: TicketChange) -> Iterator[Fact]:
    """Yields the facts of a ticket that enters, leaves or moves within the backlog."""
    if BACKLOG_FIELDS.isdisjoint(change.event.changes):
        return
    old, new = _backlog_group(change.before), _backlog_group(change.after)
    if old == new:
        return
    if old is not None:
        yield _backlog_exit_fact(
            change, IntervalKind.LEFT if new is None else IntervalKind.MOVED_OUT
        )
    if new is not None:
        kind = IntervalKind.ENTERED if old is None else IntervalKind.MOVED_IN
        yield _backlog_fact(kind, change.after, change.after)


def _backlog_group(ticket: Ticket) -> tuple[int | None, str, int] | None:
    if not ticket.is_unresolved:
        return None
    return ticket.assignee_id, ticket.category, ticket.priority.rank


def _backlog_fact(kind: IntervalKind, ticket: Ticket, after: Ticket, value: int = 0) -> Fact:
    # `happened_at` never goes back, so that nothing leaves the backlog before it came.
    return Fact(
        kind,
        to_microseconds(after.happened_at),
        after.last_seq,
        ticket.number,
        ticket.assignee_id,
        ticket.category,
        ticket.priority.rank,
        value,
        value,
    )


def _backlog_exit_fact(change: TicketChange, kind: IntervalKind) -> Fact:
    before = change.before
    since = to_microseconds(before.standing_since or before.created_at)
    end = max(since, to_microseconds(change.after.happened_at))
    return _backlog_fact(kind, before, change.after, end - since)


def _filed_as_facts(change: TicketChange) -> Iterator[Fact]:
    before, after = change.before, change.after
    if (before.category, before.priority) != (after.category, after.priority):
        yield Fact(
            IntervalKind.FILED_AS,
            to_microseconds(before.created_at),
            after.last_seq,
            before.number,
            None,
            before.category,
            before.priority.rank,
        )


def derive_sla_facts(change: TicketChange) -> Iterator[Fact]:
    """Yields a fact for each target that was met, at its end, or breached, at its due time."""
    if change.before.sla is change.after.sla:
        return
    for name in _TARGETS:
        old: Target | None = getattr(change.before.sla, name, None)
        new: Target | None = getattr(change.after.sla, name, None)
        if new is None or new is old:
            continue  # mostly targets just go on
        for outcome in sla_rules.list_target_outcomes(name, old, new):
            whose = change.credited_id if outcome.kept else change.before.assignee_id
            yield _sla_fact(change, OUTCOME_KINDS[outcome.name, outcome.kept], outcome.at, whose)


_TARGETS: Final = tuple(TargetName)
OUTCOME_KINDS: Final = {
    (name, kept): IntervalKind[f"{'KEPT' if kept else 'BROKE'}_{name.name}"]
    for name in TargetName
    for kept in (True, False)
}


def _sla_fact(change: TicketChange, kind: IntervalKind, at: int, agent_id: int | None) -> Fact:
    it = change.after
    return Fact(kind, at, it.last_seq, it.number, agent_id, it.category, it.priority.rank)
