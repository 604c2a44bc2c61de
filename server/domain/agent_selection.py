"""Chooses the agent for a ticket by availability, skills and load. Pure.

Agents are ordered as in Intercom (matched skills, load, longest without a new ticket); round robin
is that of Zendesk. Required skills are never dropped, optional ones after `SKILLS_TIMEOUT`. See
docs/domain.md, "Routing".
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
"""Microseconds of waiting after which optional skills no longer count."""


class Candidate(Struct, frozen=True):
    """An available agent.

    `load` counts the tickets that wait for the agent. Routing assigns tickets up to `capacity`;
    0: no automatic assignment. `last_assigned_at` is when routing last gave the agent
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
    """The requirements of a ticket.

    `waited` is the time in the queue, in microseconds. Agents in `not_to` released the ticket or
    did not reply, so routing does not assign it to them again. The `requester` gets it only if
    nobody else is eligible.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    waited: int = 0
    not_to: tuple[int, ...] = ()
    requester: int | None = None


class AgentChoice(Struct, frozen=True):
    """The chosen agent, and their required and optional skills."""

    candidate: Candidate
    skills: tuple[str, ...]


class NoAgent(Struct, frozen=True):
    """The reason why there is no agent. `skill` is the missing one, for `no_skill_match`."""

    reason: str
    skill: str | None = None

    @property
    def reason_code(self) -> str:
        """The reason on the wire."""
        return self.reason if self.skill is None else f"{self.reason}:{self.skill}"


def choose_agent(
    mode: AssignmentMode, want: AgentRequirements, candidates: Collection[Candidate]
) -> AgentChoice | NoAgent:
    """Returns the agent for a ticket, among the available ones in any order.

    An agent with free capacity and every required skill is eligible. The best one is, in this
    order: not the requester; has the most optional skills, until the ticket has waited too long;
    has the lowest load to capacity, in `balanced` mode; is longest without an assignment by
    routing; has the lowest id.
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
"""Two different fractions of integers up to 2^16 differ by at least 2^-32, so with so many bits
different fractions stay different, and equal ones equal."""


def _explain_no_agent(want: AgentRequirements, others: Collection[Candidate]) -> NoAgent:
    """Returns the first reason that applies: nobody else, a missing skill, no capacity."""
    if not others:
        return NoAgent(NO_OTHER_AGENT)
    skilled = others
    for skill in want.required:
        skilled = [one for one in skilled if skill in one.skills]
        if not skilled:
            return NoAgent(NO_SKILL_MATCH, skill)
    return NoAgent(ALL_AT_CAPACITY)
