"""From the commit to two hundred subscribers, each with keys of its own."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import zmq

from benchmarks import child
from benchmarks.desk_process import Desk, desk
from benchmarks.load import Plan, percentile
from benchmarks.rest import Rest
from benchmarks.result import Result
from benchmarks.rounds import run
from benchmarks.subscribers import Audience, Heard, Seat

SUBSCRIBERS, RATE, SECONDS = 200, 100, 10
EVENTS = RATE * SECONDS
LIMIT_MS = 10
AGENTS = 10


def measure(folder: Path) -> Iterator[Result]:
    with desk(folder / "desk.db") as ours:
        customer, seats = ours.people("customer", 1)[0], _seats(ours)
        audience = Audience(seats, "ticket.created", EVENTS)
        with child.running("benchmarks.subscribers") as process:
            child.tell(process, msgspec.msgpack.encode(audience))
            child.line(process)
            sent = _file(customer)
            heard = msgspec.msgpack.decode(child.rest(process), type=list[Heard])
    yield from _results(heard, sent)


def _seats(ours: Desk) -> list[Seat]:
    """Each subscriber is a session of its own; agents may have several."""
    ours.people("agent", AGENTS)
    emails = (f"agent-{index % AGENTS}@bench.example" for index in range(SUBSCRIBERS))
    return [_seat(ours.person(email)) for email in emails]


def _seat(session: Rest) -> Seat:
    public, secret = (key.decode() for key in zmq.curve_keypair())
    told = session.post("/stream", {"public_key": public})
    return Seat(public, secret, told["endpoint"], told["server_public_key"], told["topic"])


def _file(customer: Rest) -> list[int]:
    """File the tickets by the clock; when each request left, in nanoseconds."""
    tickets = ({"subject": str(index), "description": "hello " * 20} for index in range(EVENTS))
    plan = Plan(
        host=customer.host,
        port=customer.port,
        requests=[customer.request("POST", "/tickets", ticket) for ticket in tickets],
        callers=32,
        rate=RATE,
        total=EVENTS,
    )
    return run(plan, 201).sent


def _results(heard: list[Heard], sent: list[int]) -> Iterator[Result]:
    crowd = f"{SUBSCRIBERS} subscribers, {RATE} events/s"
    since_commit = [(one.received - one.at) / 1e6 for one in heard]
    since_call = [(one.received - sent[int(one.subject)]) / 1e6 for one in heard]
    yield _p99(f"commit to {crowd}: p99", since_commit)
    yield _p99("the same from the REST call's first byte: p99", since_call)
    lost = SUBSCRIBERS * EVENTS - len({(one.seat, one.seq) for one in heard})
    yield Result(figure=f"lost of {SUBSCRIBERS * EVENTS:,} deliveries", value=lost, limit=0)


def _p99(figure: str, milliseconds: list[float]) -> Result:
    return Result(
        figure=figure,
        ours=f"median {percentile(milliseconds, 50):.1f} ms",
        value=percentile(milliseconds, 99),
        limit=LIMIT_MS,
        unit="ms",
    )
