"""One change of 5,000 tickets: a bulk request, against one request for each ticket.

A list is read ten times a second: others must not be kept waiting by a bulk request.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from benchmarks import seeding
from benchmarks.desk_process import desk
from benchmarks.process_time import read_process_seconds
from benchmarks.rest import Body, Rest
from benchmarks.result import Result
from tests.support.postgres import cluster

TICKETS, SINGLE = 5_000, 500
"""Tickets of the bulk request, and of single requests, which take too long for as many."""
SECONDS_LIMIT, TIMES_LIMIT, LIST_LIMIT = 3.0, 10.0, 100.0


def on_sqlite(folder: Path) -> Iterator[Result]:
    yield from _measure(folder, "", "bulk")


def on_postgresql(folder: Path) -> Iterator[Result]:
    with cluster(durable=True) as running:
        yield from _measure(folder, running.fresh(), "PostgreSQL: bulk")


def _measure(folder: Path, url: str, name: str) -> Iterator[Result]:
    """Raises the priority of open tickets, and resolves them."""
    with desk(folder / "desk.db", seeding.open_tickets(TICKETS + 1), url) as ours:
        agent, reader = ours.people("agent", 2)
        numbers = list(range(1, TICKETS + 1))
        tagged: list[Body] = [{"priority": "high", "add_tags": [tag]} for tag in "ab"]
        resolved: list[Body] = [{"status": "resolved"}]
        for what, edits in (("priority and a tag", tagged), ("resolve", resolved)):
            if len(edits) > 1:
                alone = _time_single(agent, numbers[:SINGLE], edits.pop())
            with _reading(reader) as waits:
                before = read_process_seconds(ours.pid)
                seconds = _time_bulk(agent, numbers, edits[0])
                cost = read_process_seconds(ours.pid) - before
            yield Result(
                figure=f"{name}: {what}, {TICKETS:,} tickets",
                ours=f"{cost / TICKETS * 1e6:,.0f} µs of CPU each",
                value=seconds,
                limit=SECONDS_LIMIT,
                unit="s",
            )
            if what != "resolve":
                yield Result(
                    figure="the same, against one request a ticket",
                    ours=f"{TICKETS / seconds:,.0f}/s",
                    peer=f"{1 / alone:,.0f}/s",
                    value=alone * TICKETS / seconds,
                    limit=TIMES_LIMIT,
                    at_least=True,
                    unit="x",
                )
            yield Result(
                figure="a list of 25 meanwhile, p95",
                value=sorted(waits)[len(waits) * 95 // 100] * 1000,
                limit=LIST_LIMIT,
                unit="ms",
            )


def _time_single(agent: Rest, numbers: list[int], edit: Body) -> float:
    """Returns the seconds of one request, of many that are sent one after the other."""
    began = perf_counter()
    for number in numbers:
        agent.raw("PATCH", f"/tickets/{number}", edit)
    return (perf_counter() - began) / len(numbers)


def _time_bulk(agent: Rest, numbers: list[int], edit: Body) -> float:
    began = perf_counter()
    answer = json.loads(agent.raw("POST", "/bulk", {"numbers": numbers, "edit": edit}))
    seconds = perf_counter() - began
    if answer["changed"] != len(numbers):
        raise RuntimeError(f"only {answer['changed']} tickets have changed")
    return seconds


@contextmanager
def _reading(reader: Rest) -> Iterator[list[float]]:
    """Reads a list again and again, and yields how long each time took, in seconds."""
    waits: list[float] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.wait(0.1):
            began = perf_counter()
            reader.raw("GET", "/tickets?status=open&sort=sla_due")
            waits.append(perf_counter() - began)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield waits
    finally:
        ended.set()
        thread.join()
