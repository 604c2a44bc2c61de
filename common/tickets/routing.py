"""Routing, as it stands on a ticket: why it went to whom, or why it waits.

Ids and values only: events hold no names. The sentence is made when it is shown.
"""

from datetime import datetime
from typing import Final

from msgspec import Struct

# It is somebody's: by routing, by a person's hand, or because it was theirs before.
ASSIGNED: Final = "assigned"
MANUAL: Final = "manual"
REOPENED: Final = "reopened"
# It waits for somebody.
QUEUED: Final = "queued"
SNOOZED: Final = "snoozed"
MANUAL_MODE: Final = "manual_mode"
NO_AGENT_ONLINE: Final = "no_agent_online"
ALL_AT_CAPACITY: Final = "all_at_capacity"
NO_OTHER_AGENT: Final = "no_other_agent"
NO_SKILL_MATCH: Final = "no_skill_match"
# It came back to the queue: from somebody who put it there, let it lie, or is not there.
RELEASED: Final = "released"
OWNER_TIMEOUT: Final = "owner_timeout"
AGENT_AWAY: Final = "agent_away"
AGENT_LOST: Final = "agent_lost"
AGENT_LEFT: Final = "agent_left"


class Routing(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The reason why a ticket is where it is."""

    reason: str
    """Why it is somebody's or nobody's; `no_skill_match` has the skill after a colon."""
    agent_id: int | None = None
    """Whose it is for this reason."""
    skills: tuple[str, ...] = ()
    """Those asked for that this agent has."""
    load: int | None = None
    """The agent's tickets to do, with this one."""
    capacity: int | None = None
    returned: str | None = None
    """How it came back to the queue, if it ever did."""
    returned_by: int | None = None
    """Whose it was then."""
    not_to: tuple[int, ...] = ()
    """Who put it back or let it lie: it does not go there again by itself."""
    lost_at: datetime | None = None
    """Since when the terminal of the agent who works on it is lost."""
    alarmed_at: datetime | None = None
    """When the supervisors were told that nobody is found."""

    @property
    def reported_reason(self) -> str:
        """The reason as it stands on the wire."""
        return AGENT_LOST if self.lost_at else self.reason

    @property
    def exceeds_capacity(self) -> bool:
        """Returns whether the agent has more to do than the capacity, by somebody's hand."""
        return self.load is not None and self.capacity is not None and self.load > self.capacity
