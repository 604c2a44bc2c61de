"""Rounds in turn: peer, ours, peer, ours; what the machine does meanwhile, it does to both."""

from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from benchmarks import child
from benchmarks.load import Load, Plan
from benchmarks.process_time import read_process_seconds

ROUNDS = 5
SECONDS = 2.0


class Side(NamedTuple):
    """A server, its requests, and the status that every answer must have.

    With a `pid` the processor time of that process is measured, too.
    """

    http: str
    requests: list[bytes]
    status: int = 200
    pid: int = 0


def rush(side: Side, callers: int, seconds: float = 2.0) -> Load:
    """One round of every caller asking again as soon as it has its answer."""
    return _measure(side, _plan(side, callers, seconds))


def pass_once(side: Side, callers: int) -> Load:
    """One round in which each request is sent once."""
    return _measure(side, replace(_plan(side, callers, 0), once=True))


def _measure(side: Side, plan: Plan) -> Load:
    before = read_process_seconds(side.pid)
    load = run(plan, side.status)
    return replace(load, cpu_seconds=read_process_seconds(side.pid) - before)


def run(plan: Plan, status: int) -> Load:
    printed = child.done("benchmarks.load", stdin=msgspec.msgpack.encode(plan))
    load = msgspec.msgpack.decode(printed, type=Load)
    if set(load.statuses) != {status}:
        raise RuntimeError(f"answers other than {status}: {load.statuses}")
    return load


def in_turn(
    *sides: Side, callers: int, rounds: int = ROUNDS, seconds: float = SECONDS
) -> list[list[Load]]:
    """The rounds of each side, one after the other within every round."""
    played = [[rush(side, callers, seconds) for side in sides] for _ in range(rounds)]
    return [list(loads) for loads in zip(*played, strict=True)]


def ratio(ours: list[Load], theirs: list[Load]) -> float:
    """The median of the rounds' own ratios: each is of two neighbours in time."""
    pairs = zip(ours, theirs, strict=True)
    return median(one.per_second / other.per_second for one, other in pairs)


def rate(loads: list[Load]) -> str:
    return f"{median(load.per_second for load in loads):,.0f}/s"


def rate_and_cost(loads: list[Load]) -> str:
    """The rate, and the processor time of the server for each request."""
    return f"{rate(loads)}, {median(load.cpu_microseconds for load in loads):,.0f} µs"


def _plan(side: Side, callers: int, seconds: float) -> Plan:
    address = urlsplit(side.http)
    return Plan(
        host=address.hostname or "",
        port=address.port or 0,
        requests=side.requests,
        callers=callers,
        seconds=seconds,
    )
