"""`python -m benchmarks.scaling [write=600 ...]`: how far Deskwire grows, from measured costs.

Prints the costs on this machine, or those given as arguments, in microseconds; then the load of a
large installation divided among servers, and how long a request waits on one of them, simulated.
See docs/scaling.md.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import zmq
from msgspec import Struct
from msgspec.structs import replace

from benchmarks.delivery_cost import measure_delivery
from benchmarks.desk_process import desk
from benchmarks.load import percentile
from benchmarks.rounds import Side, rush
from benchmarks.write_requests import make_filings
from common import topics
from common.envelope import Signal
from server.clock import utc_now
from server.domain.epochs import Epochs
from server.events.stream_access import StreamGateway
from server.storage.engine import sqlite
from server.storage.engine.transaction import ReadTransaction
from server.storage.migrations import migrate_database
from server.storage.queries.organization.log_epochs import read_heads
from server.storage.queries.organization.stream_clients import Listener

CALLERS: Final = 16
SAMPLE: Final = 10_000
"""Organizations and listeners in the measurements."""
SECONDS: Final = 20.0
"""Simulated seconds."""
MICROSECOND: Final = 1e-6
_ORGANIZATIONS: Final = (
    """INSERT INTO organizations (org_id, settings, generation, created_at, epochs)
    VALUES (?, '{}', 1, 0, ?)""",
    "INSERT INTO counters (org_id, seq, ticket, person, api_key) VALUES (?, 1, 1, 1, 1)",
)
_UNIQUE_KEYS: Final = """SELECT tables.name, keys.name, (SELECT group_concat(columns.name)
    FROM pragma_index_info(keys.name) AS columns) FROM sqlite_master AS tables,
    pragma_index_list(tables.name) AS keys WHERE tables.type = 'table' AND keys."unique" """


class Costs(Struct, frozen=True):
    """Processor time in microseconds."""

    write: float
    """A ticket filed over REST, with everything that follows in the server."""
    read: float
    """The first page of the queue over REST."""
    delivery: float
    """An event to one subscriber, encrypted: on libzmq's thread, beside Python."""
    head: float
    """One organization in a look at all logs, which each server takes twice a second."""
    heartbeat: float
    """One organization with a subscriber, once a second."""
    admission: float
    """All of a server's clients when any session with a stream ends, for each client."""


class Installation(Struct, frozen=True):
    """The work of all servers together."""

    organizations: int = 90_000
    terminals: int = 100_000
    events: float = 10_000
    """Events a second, each a write over REST."""
    reads: float = 100_000 / 60
    """Pages read a second: one a minute for each terminal."""
    listeners_of_event: float = 25
    """Terminals that hear an event: busy organizations have more than the mean of one."""
    ended_sessions: float = 100_000 / (8 * 3600)
    """Sessions that end in a second: each lasts a working day."""


def measure_costs(folder: Path) -> Costs:
    with desk(folder / "desk.db") as ours:
        write = rush(Side(ours.http, make_filings(ours), 201, ours.pid), CALLERS)
        queue = [ours.admin().request("GET", "/tickets?status=open")]
        read = rush(Side(ours.http, queue, 200, ours.pid), CALLERS)
    return Costs(
        write=write.cpu_microseconds,
        read=read.cpu_microseconds,
        delivery=measure_delivery(),
        head=_measure_heads(folder / "heads.db"),
        heartbeat=asyncio.run(_measure_heartbeat()),
        admission=_measure_admission(),
    )


def list_shared_keys(path: Path) -> list[str]:
    """Returns the unique keys without `org_id`, which hold across organizations."""
    migrate_database(f"sqlite:///{path}")
    with closing(sqlite.connect_sqlite(str(path))) as connection:
        keys = connection.execute(_UNIQUE_KEYS).fetchall()
    return [f"{table} ({names})" for table, _, names in keys if "org_id" not in names.split(",")]


def _measure_heads(path: Path) -> float:
    migrate_database(f"sqlite:///{path}")
    with closing(sqlite.connect_sqlite(str(path))) as connection:
        numbers, epochs = range(1, SAMPLE + 1), Epochs.start_log("0123456789abcdef").encode()
        connection.executemany(_ORGANIZATIONS[0], [(number, epochs) for number in numbers])
        connection.executemany(_ORGANIZATIONS[1], [(number,) for number in numbers])
        reading = ReadTransaction(connection, "sqlite")
        return _time_each(lambda: read_heads(reading), 1) / SAMPLE


async def _measure_heartbeat() -> float:
    """Returns the cost of a signal to an organization, without those who hear it."""
    _, secret = zmq.curve_keypair()
    gateway = StreamGateway(secret, lambda _: None)
    gateway.open("tcp://127.0.0.1:0")

    def beat() -> None:
        signal = Signal(4821, 1, topics.HEARTBEAT, utc_now(), "0123456789abcdef")
        topic = topics.build_event_topic(4821, 1, topics.HEARTBEAT)
        gateway.send(topic, msgspec.json.encode(signal))
        gateway.read_subscriptions()

    try:
        return _time_each(beat, SAMPLE)
    finally:
        gateway.close()


def _measure_admission() -> float:
    _, secret = zmq.curve_keypair()
    gateway = StreamGateway(secret, lambda _: None)
    listeners = [Listener(f"key-{n}", n, n, "hash") for n in range(SAMPLE)]
    gateway.replace_listeners(listeners, {})
    return _time_each(lambda: gateway.start_generation(1, 2, listeners[1:2]), 10) / SAMPLE


def _time_each(job: Callable[[], object], times: int) -> float:
    """Returns the processor time of a call in microseconds, of the best of five rounds."""

    def time_round() -> float:
        start = time.process_time()
        for _ in range(times):
            job()
        return (time.process_time() - start) / times / MICROSECOND

    return min(time_round() for _ in range(5))


def share_python(costs: Costs, whole: Installation, servers: int) -> dict[str, float]:
    """Returns the part of a core that each work takes of each server's interpreter."""
    heads = 2 * whole.organizations * costs.head
    admissions = whole.ended_sessions * whole.terminals * costs.admission
    parts = {
        "writes": whole.events / servers * costs.write,
        "reads": whole.reads / servers * costs.read,
        "looks at all logs": heads,
        "heartbeats": min(whole.organizations, whole.terminals / servers) * costs.heartbeat,
        "ended sessions": admissions,
    }
    return {name: microseconds * MICROSECOND for name, microseconds in parts.items()}


def share_delivery(costs: Costs, whole: Installation, servers: int) -> float:
    """Returns the part of a core that encryption takes, beside the interpreter."""
    return whole.events * whole.listeners_of_event / servers * costs.delivery * MICROSECOND


def simulate_waits(costs: Costs, whole: Installation, servers: int) -> list[float]:
    """Returns how long requests wait for the interpreter of one server, in milliseconds.

    Requests come at random; between them are the works that come by the clock, each at one go.
    """
    chance = random.Random(4821)  # noqa: S311 - the same in every run
    arrivals = sorted([*_draw_requests(chance, costs, whole, servers), *_clockwork(costs, whole)])
    free, waits = 0.0, []
    for at, length, is_request in arrivals:
        begin = max(at, free)
        free = begin + length
        if is_request:
            waits.append((free - at) * 1000)
    return waits


def _draw_requests(
    chance: random.Random, costs: Costs, whole: Installation, servers: int
) -> Iterator[tuple[float, float, bool]]:
    for rate, cost in ((whole.events, costs.write), (whole.reads, costs.read)):
        at = chance.expovariate(rate / servers)
        while at < SECONDS:
            yield at, cost * MICROSECOND, True
            at += chance.expovariate(rate / servers)


def _clockwork(costs: Costs, whole: Installation) -> Iterator[tuple[float, float, bool]]:
    looks = whole.organizations * costs.head * MICROSECOND
    ends = whole.terminals * costs.admission * MICROSECOND
    yield from ((n / 2, looks, False) for n in range(int(2 * SECONDS)))
    yield from (
        (n / whole.ended_sessions, ends, False) for n in range(int(SECONDS * whole.ended_sessions))
    )


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="deskwire-scaling-") as folder:
        costs = measure_costs(Path(folder))
        shared = list_shared_keys(Path(folder) / "keys.db")
    given = (argument.partition("=") for argument in sys.argv[1:])
    costs = replace(costs, **{name: float(value) for name, _, value in given})
    print("costs, µs of processor time")
    for name in costs.__struct_fields__:
        print(f"  {name:<12}{getattr(costs, name):10.3f}")
    whole = Installation()
    print(f"\none server alone carries {0.7 / costs.write / MICROSECOND:,.0f} writes/s at 70 %")
    print(f"\n{whole.organizations:,} organizations, {whole.terminals:,} terminals,", end=" ")
    print(f"{whole.events:,.0f} events/s: cores of each server")
    for servers in (1, 4, 8, 16, 32):
        _print_servers(costs, whole, servers)
    print(f"\nunique across organizations: {', '.join(sorted(shared))}")


def _print_servers(costs: Costs, whole: Installation, servers: int) -> None:
    parts = share_python(costs, whole, servers)
    total = sum(parts.values())
    told = ", ".join(f"{name} {share:.2f}" for name, share in parts.items())
    print(f"\n{servers} servers: Python {total:.2f} of 1 ({told})")
    print(f"  delivery {share_delivery(costs, whole, servers):.2f} cores")
    if total < 1:
        waits = simulate_waits(costs, whole, servers)
        print(
            f"  a request takes {percentile(waits, 50):.1f} ms, p99 {percentile(waits, 99):.1f} ms"
        )
    else:
        print("  too few: requests wait without end")


if __name__ == "__main__":
    main()
