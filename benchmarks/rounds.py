"""Rounds in turn: peer, ours, peer, ours; what the machine does meanwhile, it does to both."""

from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from benchmarks import child
from benchmarks.load import Load, Plan

ROUNDS = 5


class Side(NamedTuple):
    """A server, a request, and the status that every answer must have."""

    http: str
    requests: list[bytes]
    status: int = 200


def rush(side: Side, callers: int, seconds: float = 2.0) -> Load:
    """One round of every caller asking again as soon as it has its answer."""
    return run(_plan(side, callers, seconds), side.status)


def run(plan: Plan, status: int) -> Load:
    printed = child.done("benchmarks.load", stdin=msgspec.msgpack.encode(plan))
    load = msgspec.msgpack.decode(printed, type=Load)
    if set(load.statuses) != {status}:
        raise RuntimeError(f"answers other than {status}: {load.statuses}")
    return load


def in_turn(*sides: Side, callers: int, rounds: int = ROUNDS) -> list[list[Load]]:
    """The rounds of each side, one after the other within every round."""
    played = [[rush(side, callers) for side in sides] for _ in range(rounds)]
    return [list(loads) for loads in zip(*played, strict=True)]


def ratio(ours: list[Load], theirs: list[Load]) -> float:
    """The median of the rounds' own ratios: each is of two neighbours in time."""
    pairs = zip(ours, theirs, strict=True)
    return median(one.per_second / other.per_second for one, other in pairs)


def rate(loads: list[Load]) -> str:
    return f"{median(load.per_second for load in loads):,.0f}/s"


def _plan(side: Side, callers: int, seconds: float) -> Plan:
    address = urlsplit(side.http)
    return Plan(
        host=address.hostname or "",
        port=address.port or 0,
        requests=side.requests,
        callers=callers,
        seconds=seconds,
    )
