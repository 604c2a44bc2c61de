"""Selection of an agent for a ticket, by availability and skills only. Pure.

The order of agents is Intercom's (matched skills, load, the one longest without), round robin is
Zendesk's; skills that a ticket requires are never dropped, those that it would like are, in time.
"""

from collections.abc import Callable, Collection
from typing import Final

from msgspec import Struct

from common.organization import AssignmentMode
from common.tickets.routing import (
    ALL_AT_CAPACITY,
    MANUAL_MODE,
    NO_AGENT_ONLINE,
    NO_OTHER_AGENT,
    NO_SKILL_MATCH,
)

SKILLS_TIMEOUT: Final = 10 * 60 * 1_000_000
"""Microseconds of waiting after which optional skills count no longer."""


class Candidate(Struct, frozen=True):
    """An agent who is available.

    `load` counts the tickets that wait for the agent's own move, `capacity` is how many of them
    routing may give; 0: no automatic work. `last_assigned_at` is when routing last gave the agent
    a ticket, in microseconds since 1970; None: never.
    """

    id: int
    skills: frozenset[str]
    load: int
    capacity: int
    last_assigned_at: int | None = None

    @property
    def is_free(self) -> bool:
        return self.load < self.capacity


class AgentRequirements(Struct, frozen=True):
    """Requirements of a ticket for its agent.

    `waited` is the time in the queue, in microseconds. Those of `not_to` have put the ticket back,
    or let it lie: it does not come to them again by itself. The `requester` gets it only where
    nobody else is eligible.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    waited: int = 0
    not_to: tuple[int, ...] = ()
    requester: int | None = None


class AgentChoice(Struct, frozen=True):
    """The selected agent, and the requested skills that this agent has."""

    candidate: Candidate
    skills: tuple[str, ...]


class NoAgent(Struct, frozen=True):
    """The reason why no agent is selected. `skill` is the missing one (`no_skill_match`)."""

    reason: str
    skill: str | None = None

    @property
    def reason_code(self) -> str:
        """The reason as it stands on the wire."""
        return self.reason if self.skill is None else f"{self.reason}:{self.skill}"


def choose_agent(
    mode: AssignmentMode, want: AgentRequirements, candidates: Collection[Candidate]
) -> AgentChoice | NoAgent:
    """The agent for a ticket, among those who are available, in whatever order they come.

    Eligible is who has room and every required skill. Of them: others than the requester; the most
    optional skills, unless the ticket has waited too long for these; the lowest load to capacity,
    in `balanced` mode; the longest since routing last gave a ticket, never first; the lowest id.
    """
    if mode is AssignmentMode.MANUAL:
        return NoAgent(MANUAL_MODE)
    if not candidates:
        return NoAgent(NO_AGENT_ONLINE)
    others = candidates
    if want.not_to:
        others = [one for one in candidates if one.id not in want.not_to]
    eligible = [one for one in others if one.load < one.capacity]
    if want.required:
        required = frozenset(want.required)
        eligible = [one for one in eligible if required <= one.skills]
    if not eligible:
        return _explain_no_agent(want, others)
    chosen = min(eligible, key=_make_sort_key(mode, want))
    asked = dict.fromkeys((*want.required, *want.optional))
    return AgentChoice(chosen, tuple(skill for skill in asked if skill in chosen.skills))


def _make_sort_key(
    mode: AssignmentMode, want: AgentRequirements
) -> Callable[[Candidate], tuple[bool, int, int, int, int]]:
    optional = frozenset() if want.waited >= SKILLS_TIMEOUT else frozenset(want.optional)
    by_load = mode is AssignmentMode.BALANCED

    def order(one: Candidate) -> tuple[bool, int, int, int, int]:
        matched = len(optional & one.skills) if optional else 0
        load = (one.load << _FRACTION_BITS) // one.capacity if by_load else 0
        last = -1 if one.last_assigned_at is None else one.last_assigned_at
        return one.id == want.requester, -matched, load, last, one.id

    return order


_FRACTION_BITS: Final = 32
"""Two different fractions of integers up to 2^16 lie at least 2^-32 apart: so many bits after the
point keep apart what differs, and together what is equal."""


def _explain_no_agent(want: AgentRequirements, others: Collection[Candidate]) -> NoAgent:
    """The first thing that is missing: somebody else, a skill in the category's order, room."""
    if not others:
        return NoAgent(NO_OTHER_AGENT)
    skilled = others
    for skill in want.required:
        skilled = [one for one in skilled if skill in one.skills]
        if not skilled:
            return NoAgent(NO_SKILL_MATCH, skill)
    return NoAgent(ALL_AT_CAPACITY)
