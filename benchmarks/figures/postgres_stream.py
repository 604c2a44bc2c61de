"""From a commit of one server to the subscribers of another, on one PostgreSQL database."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.desk_process import Desk
from benchmarks.figures.stream import RATE, hear_live, take_seats
from benchmarks.load import percentile
from benchmarks.result import Result
from tests.support.postgres import cluster

SUBSCRIBERS, EVENTS, ROUNDS = 20, 300, 3
LIMIT_MS = 30


def measure(folder: Path) -> Iterator[Result]:
    with cluster(durable=True) as running:
        writing = Desk(folder / "desk.db", running.fresh())
        writing.found()
        publishing = Desk(writing.path, writing.url)
        with writing.served(), publishing.served():
            customer, seats = writing.people("customer", 1)[0], take_seats(publishing, SUBSCRIBERS)
            rounds = [hear_live(seats, customer, EVENTS) for _ in range(ROUNDS)]
    middle = median(percentile(delays.commit, 50) for delays in rounds)
    yield Result(
        figure=f"commit of one server to {SUBSCRIBERS} subscribers of another, {RATE}/s: p99",
        ours=f"median {middle:.1f} ms",
        value=median(percentile(delays.commit, 99) for delays in rounds),
        limit=LIMIT_MS,
        unit="ms",
    )
    yield Result(
        figure=f"lost of {ROUNDS * SUBSCRIBERS * EVENTS:,} deliveries",
        value=sum(delays.lost for delays in rounds),
        limit=0,
    )
