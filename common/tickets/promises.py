"""Promises: by when a ticket is answered and resolved, and how that stands.

A ticket has up to three targets. Each counts business time of the calendar that was in force when
it began (`Sla.version`), and is stored whole, so that nothing has to be looked up to know when it
is due.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class SlaState(StrEnum):
    """How a ticket's promises stand. A breach stays for good."""

    OK = "ok"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    PAUSED = "paused"
    MET = "met"


class Target(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One promise. `goal` in business seconds, `spent` in business microseconds."""

    goal: int
    since: datetime | None = None
    """When the present stretch began; None while it does not run."""
    spent: int = 0
    """What earlier stretches used up."""
    due: datetime | None = None
    """When it breaks; None while it does not run."""
    at_risk_at: datetime | None = None
    warned: int = 0
    """How many warnings have been given."""
    breached_at: datetime | None = None
    """The instant at which it was due and broke; it stays."""
    ended_at: datetime | None = None
    """When it was kept, or came too late."""


class Sla(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A ticket's promises under one version of the organization's terms."""

    version: int = 0
    state: SlaState = SlaState.MET
    first_response: Target | None = None
    next_response: Target | None = None
    resolution: Target | None = None

    @property
    def targets(self) -> tuple[Target, ...]:
        """Those that there are."""
        three = (self.first_response, self.next_response, self.resolution)
        return tuple(target for target in three if target is not None)

    @property
    def due(self) -> datetime | None:
        """The earliest instant at which a running target breaks; broken ones that run count."""
        return min((it.due for it in self.targets if it.due is not None), default=None)
