"""SLA targets of a ticket: when responses and resolution are due, and their state.

A target is a clock of business time with a goal. It is stored whole, so that nothing has to be
looked up to know when it is due. Instants are integer microseconds since 1970 in UTC, amounts are
business microseconds of the calendar in the target's version of the policies.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct


class SlaState(StrEnum):
    """The state of all targets together. A breach is permanent."""

    OK = "ok"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    PAUSED = "paused"
    MET = "met"


class TargetName(StrEnum):
    """The targets; also the fields of `Sla`."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


_NAMES: Final = tuple(TargetName)


class Target(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One SLA clock, which runs, is paused, or has ended. Without a goal it is not a target."""

    terms: int
    """The version of the organization's calendar and policies that it began with."""
    goal: int | None = None
    since: int | None = None
    """The time at which it last started to run; None while it does not run."""
    spent: int = 0
    """Business microseconds used before `since`."""
    due: int | None = None
    """The time at which it will be breached; None while it does not run."""
    alarm_at: int | None = None
    """The time of the next event: a warning, or at `due` the breach."""
    warned: int = 0
    """The number of warnings given."""
    breached_at: int | None = None
    """The time at which it was breached: its due time then. It is permanent."""
    ended_at: int | None = None
    """The time at which it was met, on time or too late."""


class Sla(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The SLA targets of a ticket. A target that is None has not started, or was cancelled."""

    state: SlaState = SlaState.MET
    first_response: Target | None = None
    next_response: Target | None = None
    resolution: Target | None = None
    taken_up_at: int | None = None
    """The time of an imported ticket's first live event: nothing is due before."""

    @property
    def targets(self) -> dict[TargetName, Target]:
        """The targets that are not None."""
        three = zip(_NAMES, (self.first_response, self.next_response, self.resolution), strict=True)
        return {name: target for name, target in three if target is not None}

    @property
    def due(self) -> int | None:
        """The earliest due time of a running target, even if it has passed."""
        return min([it.due for it in self._started if it.due is not None], default=None)

    @property
    def alarm_at(self) -> int | None:
        """The earliest time of a warning or breach to come."""
        return min([it.alarm_at for it in self._started if it.alarm_at is not None], default=None)

    @property
    def _started(self) -> list[Target]:
        three = (self.first_response, self.next_response, self.resolution)
        return [it for it in three if it is not None]


NO_DUE_INSTANT: Final = 2**53 - 1
"""Sorts tickets without a due time behind all others."""
