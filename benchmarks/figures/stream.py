"""From the commit to two hundred subscribers, beside a bare PUB socket with CURVE."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import zmq

from benchmarks import child
from benchmarks.desk_process import Desk, desk
from benchmarks.load import Plan, percentile
from benchmarks.rest import Rest
from benchmarks.result import Result
from benchmarks.rounds import run
from benchmarks.subscribers import Audience, Heard, Seat

SUBSCRIBERS, RATE, EVENTS, ROUNDS = 200, 100, 400, 3
LIMIT_MS = 10
AGENTS = 10


def measure(folder: Path) -> Iterator[Result]:
    with desk(folder / "desk.db") as ours:
        customer, seats = ours.people("customer", 1)[0], take_seats(ours)
        customer.post("/tickets", _ticket(0))
        event = ours.admin().get("/events?limit=1000")["items"][-1]
        rounds = [(_bare(seats, event), hear_live(seats, customer)) for _ in range(ROUNDS)]
    yield from _results(rounds)


def take_seats(ours: Desk, count: int = SUBSCRIBERS) -> list[Seat]:
    """Each subscriber is a session of its own; agents may have several."""
    ours.people("agent", AGENTS)
    emails = (f"agent-{index % AGENTS}@bench.example" for index in range(count))
    return [_seat(ours.person(email)) for email in emails]


def _seat(session: Rest) -> Seat:
    public, secret = (key.decode() for key in zmq.curve_keypair())
    told = session.post("/stream", {"public_key": public})
    return Seat(public, secret, told["endpoint"], told["server_public_key"], told["topic"])


class Delays:
    """The delays of one round in milliseconds: since the commit, and since the call."""

    def __init__(self, heard: list[Heard], sent: list[int], wanted: int) -> None:
        self.commit = [(one.received - one.at) / 1e6 for one in heard]
        self.call = [(one.received - sent[int(one.subject)]) / 1e6 for one in heard if sent]
        self.lost = wanted - len({(one.seat, one.seq) for one in heard})


def _bare(seats: list[Seat], event: dict[str, Any]) -> Delays:
    with child.running("benchmarks.bare_stream", str(RATE), str(EVENTS), seats[0].topic) as stage:
        address = child.line(stage)
        moved = [msgspec.structs.replace(seat, **address) for seat in seats]
        with _audience(moved) as audience:
            child.say(stage, json.dumps(event))
            return Delays(_heard(audience), [], len(seats) * EVENTS)


def hear_live(seats: list[Seat], customer: Rest, events: int = EVENTS) -> Delays:
    """Files tickets at the rate, and returns what the subscribers heard of it."""
    with _audience(seats, events) as audience:
        sent = _file(customer, events)
        return Delays(_heard(audience), sent, len(seats) * events)


@contextmanager
def _audience(seats: list[Seat], events: int = EVENTS) -> Iterator[subprocess.Popen[bytes]]:
    """The subscribers, once each of them hears."""
    with child.running("benchmarks.subscribers") as process:
        child.tell(process, msgspec.msgpack.encode(Audience(seats, "ticket.created", events)))
        child.line(process)
        yield process


def _heard(audience: subprocess.Popen[bytes]) -> list[Heard]:
    return msgspec.msgpack.decode(child.rest(audience), type=list[Heard])


def _file(customer: Rest, events: int) -> list[int]:
    """File the tickets by the clock; when each request left, in nanoseconds."""
    plan = Plan(
        host=customer.host,
        port=customer.port,
        requests=[customer.request("POST", "/tickets", _ticket(n)) for n in range(events)],
        callers=32,
        rate=RATE,
        total=events,
    )
    return run(plan, 201).sent


def _ticket(index: int) -> dict[str, Any]:
    return {"subject": str(index), "description": "hello " * 20}


def _results(rounds: list[tuple[Delays, Delays]]) -> Iterator[Result]:
    bare, live = (list(side) for side in zip(*rounds, strict=True))
    crowd = f"{SUBSCRIBERS} subscribers, {RATE} events/s"
    theirs = f"{_p99([delays.commit for delays in bare]):.1f} ms"
    yield _timed(f"commit to {crowd}: p99", [delays.commit for delays in live], theirs)
    calls = [one.call for one in live]
    # No limit of its own: a part of the way to the painted row, and so below that one's.
    yield _timed("the same from the REST call's first byte: p99", calls, "", limit=100)
    yield Result(
        figure=f"lost of {ROUNDS * SUBSCRIBERS * EVENTS:,} deliveries",
        value=sum(delays.lost for delays in live),
        limit=0,
    )


def _timed(figure: str, rounds: list[list[float]], theirs: str, limit: float = LIMIT_MS) -> Result:
    middle = median(percentile(round_, 50) for round_ in rounds)
    return Result(
        figure=figure,
        ours=f"median {middle:.1f} ms",
        peer=theirs,
        value=_p99(rounds),
        limit=limit,
        unit="ms",
    )


def _p99(rounds: list[list[float]]) -> float:
    return median(percentile(round_, 99) for round_ in rounds)
