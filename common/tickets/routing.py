"""Routing, as it stands on a ticket: why it went to whom, or why it waits.

Ids and values only: events hold no names. The sentence is made when it is shown.
"""

from datetime import datetime

from msgspec import Struct


class Routing(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Why a ticket is where it is; `reason` is the word on the wire."""

    reason: str
    agent_id: int | None = None
    """Whom the reason is about: who got it, lost it, put it back."""
    skills: tuple[str, ...] = ()
    """Those that matched, or that are missing."""
    load: int | None = None
    capacity: int | None = None
    not_to: int | None = None
    """Who put it back or let it lie: it does not return there by itself."""
    alarmed_at: datetime | None = None
    """When the supervisors were told that nobody is found."""
