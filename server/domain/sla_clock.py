"""The clock of one SLA target, which runs in business time, pauses, warns and ends."""

from typing import Final

from msgspec.structs import replace

from common.tickets.sla import Target
from server.domain.calendar import MINUTE
from server.domain.policy_version import PolicyVersion

_FINAL_WARNING: Final = 15 * MINUTE
_HOUR: Final = 60 * MINUTE


def start_target(terms: PolicyVersion, goal: int | None, at: int) -> Target:
    """Returns a target that starts at an instant."""
    return _schedule_alarm(Target(terms=terms.version, goal=goal, since=at), terms)


def pause_target(target: Target, terms: PolicyVersion, at: int) -> Target:
    """Returns the paused target; it is breached if it was due by `at`."""
    if target.since is None:
        return target
    broke = target.due if target.due is not None and target.due <= at else None
    return replace(
        target,
        since=None,
        spent=target.spent + terms.calendar.measure_microseconds(target.since, at),
        due=None,
        alarm_at=None,
        breached_at=target.breached_at or broke,
    )


def finish_target(target: Target, terms: PolicyVersion, at: int) -> Target:
    """Returns the ended target, which is met unless it was breached."""
    if target.ended_at is not None:
        return target
    return replace(pause_target(target, terms, at), ended_at=at)


def resume_target(target: Target, terms: PolicyVersion, at: int) -> Target:
    """Returns the running target, which keeps the time it has used."""
    if target.since is not None:
        return target
    return _schedule_alarm(replace(target, since=at, ended_at=None), terms)


def change_goal(target: Target, terms: PolicyVersion, goal: int | None, at: int) -> Target:
    """Returns the target with another goal, counted from its start. An ended target stays the same.

    If the new goal has been used up already, the target is due at once, or when it last started to
    run if it had been used up before.
    """
    if target.ended_at is not None or target.goal == goal:
        return target
    passed = target.spent
    if target.since is not None:
        passed += terms.calendar.measure_microseconds(target.since, at)
    return _schedule_alarm(_limit_warnings(replace(target, goal=goal), passed), terms)


def change_policy(
    target: Target, old: PolicyVersion, new: PolicyVersion, goal: int | None, at: int
) -> Target:
    """Returns the target under another policy from `at` on; used time stays used."""
    if target.ended_at is not None:
        return target
    halted = pause_target(target, old, at)
    renewed = _limit_warnings(replace(halted, terms=new.version, goal=goal), halted.spent)
    return renewed if target.since is None else resume_target(renewed, new, at)


def mark_warned(target: Target, terms: PolicyVersion) -> Target:
    """Returns the target after a warning."""
    return _schedule_alarm(replace(target, warned=target.warned + 1), terms)


def mark_breached(target: Target) -> Target:
    """Returns the breached target, which runs on without further events."""
    every = len(list_warnings(target.goal))
    return replace(target, breached_at=target.due, alarm_at=None, warned=every)


def list_warnings(goal: int | None) -> tuple[int, ...]:
    """Returns when to warn: at 75 %, and if the goal exceeds an hour, 15 minutes before the end."""
    if goal is None:
        return ()
    at_risk = goal * 3 // 4
    return (at_risk, goal - _FINAL_WARNING) if goal > _HOUR else (at_risk,)


def _limit_warnings(target: Target, passed: int) -> Target:
    """Limits `warned` to the warnings due by now, so that a longer goal warns again."""
    reached = sum(amount <= passed for amount in list_warnings(target.goal))
    return replace(target, warned=min(reached, target.warned))


def _schedule_alarm(target: Target, terms: PolicyVersion) -> Target:
    """Computes when the target is due, and when its next event is."""
    if target.goal is None or target.since is None:
        return replace(target, due=None, alarm_at=None)
    left = target.goal - target.spent
    due = terms.calendar.add_microseconds(target.since, left)
    if target.breached_at is not None:
        # A target that was breached before it ran again stays due at that time.
        due = due if left > 0 else target.breached_at
        return replace(target, due=due, alarm_at=None)
    return replace(target, due=due, alarm_at=_next_alarm(target, terms, due))


def _next_alarm(target: Target, terms: PolicyVersion, due: int | None) -> int | None:
    to_come = list_warnings(target.goal)[target.warned :]
    if not to_come or target.since is None:
        return due
    return terms.calendar.add_microseconds(target.since, to_come[0] - target.spent)
