"""A ticket among 500 agents: the pure decision, and filing it alone in a transaction."""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.crowded_desk import CrowdedDesk
from benchmarks.load import percentile
from benchmarks.result import Result
from common.organization import AssignmentMode
from server.domain.agent_selection import AgentRequirements, Candidate, choose_agent

AGENTS, DECISIONS, FILED = 500, 3_000, 500
LIMIT_MS, FILING_LIMIT_MS = 1, 0.5
SKILLS = [f"skill-{n}" for n in range(12)]
NOW = 1_767_225_600_000_000


def measure(_: Path) -> Iterator[Result]:
    chance = random.Random(4821)  # noqa: S311 - no secret
    agents = [_agent(chance, n) for n in range(AGENTS)]
    waits = [_decide(_want(chance), agents) for _ in range(DECISIONS)]
    yield Result(
        figure=f"route a ticket, {AGENTS} agents: p99",
        ours=f"median {median(waits):.2f} ms",
        value=percentile(waits, 99),
        limit=LIMIT_MS,
        unit="ms",
    )


def filing(folder: Path) -> Iterator[Result]:
    """Files tickets with all agents available, each in a transaction of its own."""
    costs = CrowdedDesk(folder / "desk.db", AGENTS).file_tickets(FILED)
    yield Result(
        figure=f"file a ticket, {AGENTS} agents available: processor time before the commit",
        ours=f"p99 {percentile(costs, 99) * 1000:.2f} ms",
        value=median(costs) * 1000,
        limit=FILING_LIMIT_MS,
        unit="ms",
    )


def _decide(want: AgentRequirements, agents: list[Candidate]) -> float:
    start = time.thread_time()
    choose_agent(AssignmentMode.BALANCED, want, agents)
    return (time.thread_time() - start) * 1000


def _agent(chance: random.Random, number: int) -> Candidate:
    skills = frozenset(chance.sample(SKILLS, 4))
    return Candidate(1000 + number, skills, chance.randrange(9), 10, NOW - number)


def _want(chance: random.Random) -> AgentRequirements:
    """Half of the tickets ask for nothing, which leaves the most agents to compare."""
    asked = chance.sample(SKILLS, 3) if chance.random() < 0.5 else []
    return AgentRequirements(required=tuple(asked[:1]), optional=tuple(asked[1:]))
