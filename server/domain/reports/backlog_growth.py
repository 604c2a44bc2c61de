"""Growth of the backlog over a range of time: without numpy, as every write needs it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from msgspec import Struct


class BacklogGrowth(Struct, frozen=True):
    """By how many tickets the backlog grew, in all and by group; what stayed is left out."""

    total: int = 0
    agent: dict[int, int] = {}
    category: dict[str, int] = {}
    priority: dict[int, int] = {}


class FiledTicket(NamedTuple):
    """A ticket as it was filed; `counts` is false for spam and the like: it was no backlog."""

    number: int
    at: int
    category: str
    priority: int
    counts: bool


def compute_growth(moves: Mapping[tuple[int, str, int], int]) -> BacklogGrowth:
    """The backlog's growth from that by agent, category and priority together."""
    agent: Counter[int] = Counter()
    category: Counter[str] = Counter()
    priority: Counter[int] = Counter()
    for (whose, what, rank), n in moves.items():
        agent[whose] += n
        category[what] += n
        priority[rank] += n
    return BacklogGrowth(
        sum(agent.values()), _drop_zeros(agent), _drop_zeros(category), _drop_zeros(priority)
    )


def sum_growth(nets: Iterable[BacklogGrowth]) -> BacklogGrowth:
    """The backlog's growth over several spans."""
    total, agent, category, priority = 0, Counter[int](), Counter[str](), Counter[int]()
    for net in nets:
        total += net.total
        for sums, growth in (
            (agent, net.agent),
            (category, net.category),
            (priority, net.priority),
        ):
            for key, n in growth.items():
                sums[key] += n  # type: ignore[index]
    return BacklogGrowth(total, _drop_zeros(agent), _drop_zeros(category), _drop_zeros(priority))


def _drop_zeros(counter: Counter[Any]) -> dict[Any, int]:
    return {key: n for key, n in counter.items() if n}
