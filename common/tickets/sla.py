"""Promises: by when a ticket is answered and resolved, and how that stands.

A target is a clock of business time with a goal. It is stored whole, so that nothing has to be
looked up to know when it is due. Instants are integer microseconds since 1970 in UTC, amounts are
business microseconds of the calendar in the target's version of the terms.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct


class SlaState(StrEnum):
    """The state of a ticket's SLA. A breach stays for good."""

    OK = "ok"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    PAUSED = "paused"
    MET = "met"


class TargetName(StrEnum):
    """The name of a target; also the fields of `Sla`."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


class Target(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One clock. It runs, is paused, or has ended; a goal of None is no promise."""

    terms: int
    """The version of the organization's calendar and policies that it began with."""
    goal: int | None = None
    since: int | None = None
    """When the present stretch began; None while it does not run."""
    spent: int = 0
    """What earlier stretches used up."""
    due: int | None = None
    """When it breaks; None while it does not run."""
    alarm_at: int | None = None
    """When it is to be told next: a warning, or at `due` the breach."""
    warned: int = 0
    """How many warnings have been given."""
    breached_at: int | None = None
    """The instant at which it was due and broke; it stays."""
    ended_at: int | None = None
    """When it was kept, or came too late."""


class Sla(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A ticket's promises; a target that is None has not begun, or was cancelled."""

    state: SlaState = SlaState.MET
    first_response: Target | None = None
    next_response: Target | None = None
    resolution: Target | None = None
    taken_up_at: int | None = None
    """When something first happened to an imported ticket: nothing was due to it before."""

    @property
    def targets(self) -> dict[TargetName, Target]:
        """Those that there are."""
        three = ((name, getattr(self, name)) for name in TargetName)
        return {name: target for name, target in three if target is not None}

    @property
    def due(self) -> int | None:
        """The earliest instant at which a running target breaks, or broke."""
        dues = (it.due for it in (self.first_response, self.next_response, self.resolution) if it)
        return min((due for due in dues if due is not None), default=None)

    @property
    def alarm_at(self) -> int | None:
        """The earliest instant at which something is to be told."""
        targets = (self.first_response, self.next_response, self.resolution)
        alarms = (it.alarm_at for it in targets if it)
        return min((at for at in alarms if at is not None), default=None)


NO_DUE_INSTANT: Final = 2**53 - 1
"""The due instant of what has none, where tickets are sorted by it: after all others."""
