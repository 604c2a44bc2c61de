"""From the commit to hundreds of subscribers, beside a bare PUB socket with CURVE.

What counts is the ratio of the two in neighbouring rounds: how long a thousand encrypted messages
take is the machine's affair, and that of libzmq. Either commits an event after the time in it.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

import msgspec
import zmq

from benchmarks import child
from benchmarks.desk_process import ORG, Desk, desk
from benchmarks.load import Plan, percentile
from benchmarks.rest import Rest
from benchmarks.result import Result
from benchmarks.rounds import run
from benchmarks.subscribers import Audience, Heard, Seat
from server.clock import utc_now
from server.domain.timestamps import to_microseconds
from server.storage.engine import sqlite
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.person import sessions

RATE, EVENTS, ROUNDS = 100, 400, 3
CROWDS: Final = {200: 1.3, 1_000: 1.5}
"""The subscribers, and the largest ratio of the two."""
CALL_MS: Final = 100
AGENTS: Final = 10
_HOUR: Final = 3600 * 10**6


def measure(folder: Path, rounds: int = ROUNDS) -> Iterator[Result]:
    with desk(folder / "desk.db") as ours:
        customer, seats = ours.people("customer", 1)[0], take_seats(ours, AGENTS)
        customer.post("/tickets", _ticket(0))
        event = ours.admin().get("/events?limit=1000")["items"][-1]
        for crowd, limit in CROWDS.items():
            seats += _add_seats(ours, crowd - len(seats))
            played = [_play(seats, event, customer, folder) for _ in range(rounds)]
            yield from _results(played, crowd, limit)


def _play(
    seats: list[Seat], event: dict[str, Any], customer: Rest, folder: Path
) -> tuple["Delays", "Delays"]:
    return _bare(seats, event, folder), hear_live(seats, customer)


def take_seats(ours: Desk, count: int) -> list[Seat]:
    """Each subscriber is a session of its own; agents may have several."""
    ours.people("agent", AGENTS)
    emails = (f"agent-{index % AGENTS}@bench.example" for index in range(count))
    return [_seat(ours.person(email)) for email in emails]


def _add_seats(ours: Desk, count: int) -> list[Seat]:
    """More sessions of the same agents, written as a sign-in writes them: hashing takes long."""
    now = to_microseconds(utc_now())
    with closing(sqlite.connect_sqlite(str(ours.path))) as connection:
        connection.execute("BEGIN IMMEDIATE")
        writing = WriteTransaction(connection, "sqlite")
        found = connection.execute("SELECT id FROM users WHERE role = 'agent'").fetchall()
        tokens = [
            sessions.start_session(writing, ORG, found[n % AGENTS][0], now, now + _HOUR)
            for n in range(count)
        ]
        writing.flush()
        connection.execute("COMMIT")
    return [_seat(Rest(ours.http, ORG, token)) for token in tokens]


def _seat(session: Rest) -> Seat:
    public, secret = (key.decode() for key in zmq.curve_keypair())
    with closing(session):
        told = session.post("/stream", {"public_key": public})
    return Seat(public, secret, told["endpoint"], told["server_public_key"], told["topic"])


class Delays:
    """The delays of one round in milliseconds: since the commit, and since the call."""

    def __init__(self, heard: list[Heard], sent: list[int], wanted: int) -> None:
        self.commit = [(one.received - one.at) / 1e6 for one in heard]
        self.call = [(one.received - sent[int(one.subject)]) / 1e6 for one in heard if sent]
        self.lost = wanted - len({(one.seat, one.seq) for one in heard})


def _bare(seats: list[Seat], event: dict[str, Any], folder: Path) -> Delays:
    database = str(folder / "bare.db")
    bare = ("benchmarks.bare_stream", str(RATE), str(EVENTS), seats[0].topic, database)
    with child.running(*bare) as stage:
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


def _results(played: list[tuple[Delays, Delays]], crowd: int, limit: float) -> Iterator[Result]:
    bare = [percentile(theirs.commit, 99) for theirs, _ in played]
    live = [ours for _, ours in played]
    commit = [percentile(ours.commit, 99) for ours in live]
    yield Result(
        figure=f"commit to {crowd:,} subscribers, {RATE} events/s: p99",
        ours=f"{median(commit):.1f} ms",
        peer=f"{median(bare):.1f} ms",
        value=median(ours / theirs for ours, theirs in zip(commit, bare, strict=True)),
        limit=limit,
        unit="x",
    )
    if crowd == min(CROWDS):
        # A thousand subscribers in one process leave two cores nothing for the server.
        yield _call_result(live)
    yield Result(
        figure=f"lost of {len(played) * crowd * EVENTS:,} deliveries",
        value=sum(ours.lost for ours in live),
        limit=0,
    )


def _call_result(live: list[Delays]) -> Result:
    return Result(
        figure="the same from the REST call's first byte: p99",
        ours=f"median {median(percentile(ours.call, 50) for ours in live):.1f} ms",
        value=median(percentile(ours.call, 99) for ours in live),
        limit=CALL_MS,
        unit="ms",
    )
