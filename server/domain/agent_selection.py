"""Chooses the agent for a ticket by availability, skills and load. Pure.

Agents are ordered as in Intercom (matched skills, load, longest without a new ticket); round robin
is that of Zendesk. Required skills are never dropped, optional ones after `SKILLS_TIMEOUT`. See
docs/domain.md, "Routing".
"""

from collections.abc import Collection
from functools import cached_property
from operator import attrgetter
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


class Candidate(Struct, frozen=True, dict=True):
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

    @cached_property
    def rank(self) -> tuple[int, int, int]:
        """The order among agents who are equal for a ticket: load to capacity, last turn, id."""
        return (self.load << _FRACTION_BITS) // self.capacity, *self.turn

    @cached_property
    def turn(self) -> tuple[int, int]:
        """The order in which agents take turns: longest without a new ticket, id."""
        return -1 if self.last_assigned_at is None else self.last_assigned_at, self.id


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
    chosen = min(_prefer_skilled(_prefer_others(eligible, want), want), key=_ORDERS[mode])
    asked = dict.fromkeys((*want.required, *want.optional))
    return AgentChoice(chosen, tuple(skill for skill in asked if skill in chosen.skills))


_ORDERS: Final = {
    AssignmentMode.BALANCED: attrgetter("rank"),
    AssignmentMode.ROUND_ROBIN: attrgetter("turn"),
}


def _prefer_others(eligible: list[Candidate], want: AgentRequirements) -> list[Candidate]:
    """Returns the agents without the requester, if that leaves any."""
    return [one for one in eligible if one.id != want.requester] or eligible


def _prefer_skilled(eligible: list[Candidate], want: AgentRequirements) -> list[Candidate]:
    """Returns those with the most optional skills, which count for some time."""
    if not want.optional or want.waited >= SKILLS_TIMEOUT:
        return eligible
    optional = frozenset(want.optional)
    matched = [len(optional & one.skills) for one in eligible]
    most = max(matched)
    return [one for one, count in zip(eligible, matched, strict=True) if count == most]


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
