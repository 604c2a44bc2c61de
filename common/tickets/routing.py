"""The routing stored with a ticket: why it is with its agent, or why it waits.

It has ids and values only, because events hold no names. `server/domain/routing_text.py` makes the
sentence.
"""

from datetime import datetime
from typing import Final

from msgspec import Struct

# Assigned: by routing, by a person, or because the agent had it before.
ASSIGNED: Final = "assigned"
MANUAL: Final = "manual"
REOPENED: Final = "reopened"
# Waiting for an agent.
QUEUED: Final = "queued"
SNOOZED: Final = "snoozed"
MANUAL_MODE: Final = "manual_mode"
NO_AGENT_ONLINE: Final = "no_agent_online"
ALL_AT_CAPACITY: Final = "all_at_capacity"
NO_OTHER_AGENT: Final = "no_other_agent"
NO_SKILL_MATCH: Final = "no_skill_match"
# Returned to the queue: the agent released it, did not reply, or is absent.
RELEASED: Final = "released"
OWNER_TIMEOUT: Final = "owner_timeout"
AGENT_AWAY: Final = "agent_away"
AGENT_LOST: Final = "agent_lost"
AGENT_LEFT: Final = "agent_left"


class Routing(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The reason for which a ticket is with its agent or in the queue."""

    reason: str
    """One of the constants above; `no_skill_match` has the skill after a colon."""
    agent_id: int | None = None
    """The agent to whom the reason applies."""
    skills: tuple[str, ...] = ()
    """The required and optional skills that this agent has."""
    load: int | None = None
    """The agent's open work, including this ticket."""
    capacity: int | None = None
    returned: str | None = None
    """The reason for its last return to the queue, if it ever returned."""
    returned_by: int | None = None
    """The agent who had it then."""
    not_to: tuple[int, ...] = ()
    """Agents who released it or did not reply: routing does not assign it to them again."""
    lost_at: datetime | None = None
    """The time at which the terminal of the agent who works on it lost its connection."""
    alarmed_at: datetime | None = None
    """The time at which the supervisors were notified that no agent is found."""

    @property
    def reported_reason(self) -> str:
        """The reason on the wire."""
        return AGENT_LOST if self.lost_at else self.reason

    @property
    def exceeds_capacity(self) -> bool:
        """True if the agent has more open work than capacity, through manual assignment."""
        return self.load is not None and self.capacity is not None and self.load > self.capacity
