"""Derives the facts of whole histories, with the corrections that later events make to them.

A rating replaces an earlier one of the same resolution. A reply that did not arrive takes its
response with it, and what followed from it is counted anew.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from common.tickets.sla import Target, TargetName
from common.tickets.undelivered import MessageUndelivered
from server.domain.reports import event_facts, undelivered_replies
from server.domain.reports.event_facts import OUTCOME_KINDS, BusinessClock, Fact, TicketChange
from server.domain.reports.interval_kinds import IntervalKind


class FactCorrection(Struct, frozen=True):
    """Facts of earlier events that are no longer true, and those in their place."""

    removed: tuple[Fact, ...] = ()
    added: tuple[Fact, ...] = ()


NO_CORRECTION: Final = FactCorrection()


def derive_history_facts(
    changes: Iterable[TicketChange], business: BusinessClock, *, counted: bool
) -> list[Fact]:
    """Returns the facts of a whole history as they stand at its end."""
    facts: list[Fact] = []
    earlier: list[TicketChange] = []
    for change in changes:
        at = event_facts.find_replaced_rating(change)
        if at is not None:
            facts = [fact for fact in facts if (fact.kind, fact.at) != (IntervalKind.RATED, at)]
        if not counted:
            facts += event_facts.derive_uncounted_facts(change)
        else:
            correction = correct_facts(earlier, change, business)
            facts = [fact for fact in facts if fact not in correction.removed]
            facts += (*correction.added, *event_facts.derive_facts(change, business))
        earlier.append(change)
    return facts


def correct_facts(
    earlier: Sequence[TicketChange], change: TicketChange, business: BusinessClock
) -> FactCorrection:
    """Returns what an event changes in the facts of the events before it, `earlier`."""
    event = change.event
    if not isinstance(event, MessageUndelivered):
        return NO_CORRECTION
    if event.delivery.person_id != change.before.customer_id:
        return NO_CORRECTION
    known = undelivered_replies.list_undelivered_replies(earlier)
    old = _list_wait_facts(earlier, known, business)
    new = _list_wait_facts(earlier, known | {event.delivery.message_id}, business)
    undone = [
        fact
        for before in earlier
        for fact in event_facts.derive_sla_facts(before)
        if _is_undone(fact, change)
    ]
    return FactCorrection(
        removed=(*(fact for fact in old if fact not in new), *undone),
        added=tuple(fact for fact in new if fact not in old),
    )


def _list_wait_facts(
    changes: Sequence[TicketChange], undelivered: frozenset[int], business: BusinessClock
) -> list[Fact]:
    corrected = undelivered_replies.disregard_replies(changes, undelivered)
    return [
        fact for change in corrected for fact in event_facts.derive_wait_facts(change, business)
    ]


def _is_undone(fact: Fact, change: TicketChange) -> bool:
    """Returns whether the fact says that a target was kept whose end the event takes back."""
    name = _KEPT_TARGETS.get(fact.kind)
    if name is None:
        return False
    old: Target | None = getattr(change.before.sla, name, None)
    new: Target | None = getattr(change.after.sla, name, None)
    was_kept = old is not None and old.ended_at == fact.at and old.breached_at is None
    return was_kept and (new is None or new.ended_at != fact.at or new.breached_at is not None)


_KEPT_TARGETS: Final = {OUTCOME_KINDS[name, True]: name for name in TargetName}
