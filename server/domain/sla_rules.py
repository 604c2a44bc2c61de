"""Updates the SLA targets of a ticket after each of its events.

First response runs from creation to the first public reply of an agent; next response from the
oldest unanswered reply of the customer to the next one of an agent; resolution while the ticket
does not wait for the customer. Targets depend on the ticket before and after an event, not on the
command. See docs/domain.md, "SLA".
"""

from collections.abc import Iterator
from enum import Enum, auto
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from common.tickets.sla import Sla, SlaState, Target, TargetName
from common.tickets.ticket import Ticket, WaitingOn
from server.domain import sla_clock
from server.domain.policy_version import PolicyVersion, PolicyVersions
from server.domain.reopened_wait import ReopenedWait
from server.domain.timestamps import to_microseconds

RELEVANT_FIELDS: Final = frozenset(
    {"status", "waiting_on", "priority", "category", "unanswered_since", "close_reason"}
)
"""The fields whose change may affect the targets."""


class Alarm(Enum):
    """An event about a running target."""

    WARNING = auto()
    BREACH = auto()


class DueAlarm(Struct, frozen=True):
    """A due alarm of a target, with its time and the targets after it."""

    alarm: Alarm
    name: TargetName
    at: int
    sla: Sla


class TargetOutcome(Struct, frozen=True):
    """A target that was met (`kept`) or breached at an instant. Each counts once."""

    name: TargetName
    kept: bool
    at: int


def start_sla(ticket: Ticket, terms: PolicyVersion) -> Sla:
    """Returns the targets of a new ticket; one that waits for its customer owes no response."""
    at = to_microseconds(ticket.created_at)
    goals = terms.find_goals(ticket.priority, ticket.category)
    resolution = sla_clock.start_target(terms, goals.resolution, at)
    if ticket.unanswered_since is None:
        return _refresh_state(Sla(resolution=sla_clock.pause_target(resolution, terms, at)))
    first = sla_clock.start_target(terms, goals.first_response, at)
    return _refresh_state(Sla(first_response=first, resolution=resolution))


def update_sla(before: Ticket, after: Ticket, at: int, book: PolicyVersions) -> Sla:
    """Returns the targets after an event. Those of an imported ticket start at this instant."""
    sla = before.sla or Sla(taken_up_at=at)
    if after.close_reason is not None:
        return _refresh_state(Sla(state=sla.state, taken_up_at=sla.taken_up_at))
    if (before.priority, before.category) != (after.priority, after.category):
        sla = _change_goals(sla, after, at, book)
    sla = _update_responses(sla, before, after, at, book)
    resolution = _update_resolution(sla.resolution, after, at, book)
    return _refresh_state(replace(sla, resolution=resolution))


def restore_waits(
    ticket: Ticket, reply_at: int, wait: ReopenedWait, at: int, book: PolicyVersions
) -> Sla:
    """Returns the ticket's targets as if a reply had not ended the wait.

    They run on from its time, `reply_at`, and have the goals of the present priority and category.
    """
    sla = ticket.sla or Sla()
    is_first = wait.is_first and _is_target_of(sla.first_response, wait)
    name = TargetName.FIRST_RESPONSE if is_first else TargetName.NEXT_RESPONSE
    target: Target | None = getattr(sla, name)
    if target is None or not _has_ended_by(target, wait.end):
        return sla
    terms = book.find_version(target.terms)
    if target.ended_at is not None and (is_first or target.ended_at == reply_at):
        restored = sla_clock.resume_target(target, terms, target.ended_at)
    elif is_first:
        restored = target
    else:
        # The customer wrote again after the reply: the wait began before that.
        restored = sla_clock.start_target(terms, target.goal, wait.since)
    if wait.end is None:
        goals = terms.find_goals(ticket.priority, ticket.category)
        restored = sla_clock.change_goal(restored, terms, getattr(goals, name), at)
        ended: Target | None = restored
    else:
        finish = _finish_target if wait.answered else _cancel_target
        ended = finish(restored, wait.end, book)
    values = {name.value: ended}
    if is_first and _belongs_to_wait(sla.next_response, wait):
        values["next_response"] = None
    return _refresh_state(replace(sla, **values))


def resume_resolution(sla: Sla, at: int, book: PolicyVersions) -> Sla:
    """Returns the targets with a resolution that has run since an instant of the past."""
    target = sla.resolution
    if target is None or target.ended_at is not None:
        return sla
    running = sla_clock.resume_target(target, book.find_version(target.terms), at)
    return _refresh_state(replace(sla, resolution=running))


def _is_target_of(first: Target | None, wait: ReopenedWait) -> bool:
    """Returns whether the first response was waited for: it may have ended by a resolution."""
    return first is not None and (first.ended_at is None or first.ended_at > wait.since)


def _has_ended_by(target: Target, end: int | None) -> bool:
    """Returns whether the target is that of the wait, and not of a later one."""
    return end is None or (target.ended_at is not None and target.ended_at <= end)


def _belongs_to_wait(target: Target | None, wait: ReopenedWait) -> bool:
    """Returns whether the target would not have begun; a breach stays a breach."""
    if target is None or target.breached_at is not None:
        return False
    return wait.end is None or target.ended_at == wait.end


def reapply_policy(ticket: Ticket, at: int, book: PolicyVersions) -> Sla:
    """Returns the targets with the current policy for all that have not ended."""
    if ticket.sla is None:
        return update_sla(ticket, ticket, at, book)
    goals = book.present.find_goals(ticket.priority, ticket.category)
    values = {
        name.value: sla_clock.change_policy(
            it, book.find_version(it.terms), book.present, getattr(goals, name), at
        )
        for name, it in ticket.sla.targets.items()
    }
    return _refresh_state(replace(ticket.sla, **values))


def has_other_policy(sla: Sla | None, present: PolicyVersion) -> bool:
    """Returns whether an unfinished target has another policy version than the current one."""
    if sla is None:
        return True
    unfinished = (it for it in sla.targets.values() if it.ended_at is None)
    return any(it.terms != present.version for it in unfinished)


def find_due_alarm(sla: Sla, now: int, book: PolicyVersions) -> DueAlarm | None:
    """Returns the earliest alarm due by now; a breached target gives no warning."""
    alarms = [alarm for name, it in sla.targets.items() for alarm in _find_alarms(it, now, name)]
    if not alarms:
        return None
    at, alarm, name = min(alarms, key=lambda it: it[0])
    it = sla.targets[name]
    alarmed_target = (
        sla_clock.mark_breached(it)
        if alarm is Alarm.BREACH
        else sla_clock.mark_warned(it, book.find_version(it.terms))
    )
    return DueAlarm(alarm, name, at, _refresh_state(replace(sla, **{name.value: alarmed_target})))


def list_outcomes(before: Sla | None, after: Sla | None) -> list[TargetOutcome]:
    """Returns the targets that an event has met, at their end, or found breached."""
    old = before.targets if before else {}
    new = after.targets if after else {}
    return [
        outcome
        for name, it in new.items()
        for outcome in list_target_outcomes(name, old.get(name), it)
    ]


def list_target_outcomes(
    name: TargetName, old: Target | None, new: Target
) -> Iterator[TargetOutcome]:
    """Yields the outcome of one target, if the event decided it."""
    if new.goal is None:
        return
    if new.breached_at is not None:
        if old is None or old.breached_at is None:
            yield TargetOutcome(name, kept=False, at=new.breached_at)
    elif new.ended_at is not None and (old is None or old.ended_at != new.ended_at):
        yield TargetOutcome(name, kept=True, at=new.ended_at)


def _find_alarms(it: Target, now: int, name: TargetName) -> Iterator[tuple[int, Alarm, TargetName]]:
    if it.alarm_at is None or it.alarm_at > now:
        return
    if it.due is not None and it.due <= now:
        yield it.due, Alarm.BREACH, name
    else:
        yield it.alarm_at, Alarm.WARNING, name


def _change_goals(sla: Sla, ticket: Ticket, at: int, book: PolicyVersions) -> Sla:
    """Applies the goals of the new priority or category."""
    values = {}
    for name, it in sla.targets.items():
        terms = book.find_version(it.terms)
        goal = getattr(terms.find_goals(ticket.priority, ticket.category), name)
        values[name.value] = sla_clock.change_goal(it, terms, goal, at)
    return replace(sla, **values)


def _update_responses(
    sla: Sla, before: Ticket, after: Ticket, at: int, book: PolicyVersions
) -> Sla:
    """Starts and ends the response targets when `unanswered_since` is set and cleared."""
    is_new = before.sla is None
    was_waiting = before.unanswered_since is not None and not is_new
    is_waiting = after.unanswered_since is not None
    if is_waiting and not was_waiting:
        goals = book.present.find_goals(after.priority, after.category)
        if is_new and after.first_response_at is None:
            return replace(
                sla, first_response=sla_clock.start_target(book.present, goals.first_response, at)
            )
        return replace(
            sla, next_response=sla_clock.start_target(book.present, goals.next_response, at)
        )
    if was_waiting and not is_waiting:
        finish = _finish_target if after.is_unresolved else _cancel_target
        return replace(
            sla,
            first_response=finish(sla.first_response, at, book),
            next_response=finish(sla.next_response, at, book),
        )
    return sla


def _finish_target(it: Target | None, at: int, book: PolicyVersions) -> Target | None:
    return None if it is None else sla_clock.finish_target(it, book.find_version(it.terms), at)


def _cancel_target(it: Target | None, at: int, book: PolicyVersions) -> Target | None:
    """Cancels the target of a ticket resolved without a reply, unless it ended or was breached."""
    if it is None or it.ended_at is not None:
        return it
    over = sla_clock.finish_target(it, book.find_version(it.terms), at)
    return None if over.breached_at is None else over


def _update_resolution(
    it: Target | None, ticket: Ticket, at: int, book: PolicyVersions
) -> Target | None:
    """The resolution target runs while the ticket is open and not waiting for the customer."""
    if not ticket.is_unresolved:
        return _finish_target(it, at, book)
    terms = book.present if it is None else book.find_version(it.terms)
    goal = terms.find_goals(ticket.priority, ticket.category).resolution
    if it is None:
        it = sla_clock.start_target(terms, goal, at)
    elif it.ended_at is not None:
        it = sla_clock.change_goal(replace(it, ended_at=None), terms, goal, at)
    is_awaited = ticket.waiting_on is WaitingOn.CUSTOMER
    return (
        sla_clock.pause_target(it, terms, at)
        if is_awaited
        else sla_clock.resume_target(it, terms, at)
    )


def _refresh_state(sla: Sla) -> Sla:
    return replace(sla, state=_derive_state(sla))


def _derive_state(sla: Sla) -> SlaState:
    """Returns the common state: breached for good, else the worst of the running targets."""
    targets = (sla.first_response, sla.next_response, sla.resolution)
    if sla.state is SlaState.BREACHED or any(it and it.breached_at for it in targets):
        return SlaState.BREACHED
    unfinished = [it for it in targets if it and it.goal is not None and it.ended_at is None]
    running = [it for it in unfinished if it.since is not None]
    if not running:
        return SlaState.PAUSED if unfinished else SlaState.MET
    return SlaState.AT_RISK if any(it.warned for it in running) else SlaState.OK
