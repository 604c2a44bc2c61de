"""One change of 5,000 tickets: a bulk request, against one request for each ticket.

A list is read ten times a second: others must not be kept waiting by a bulk request. Where
`DESKWIRE_BEFORE` names the root of another checkout, its server does the same after each work.
"""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Final

from msgspec import Struct

from benchmarks import child, seeding
from benchmarks.desk_process import Desk
from benchmarks.process_time import read_process_seconds
from benchmarks.rest import Body, Rest
from benchmarks.result import Result
from server.clock import utc_now
from tests.support.postgres import cluster

TICKETS, SINGLE = 5_000, 500
"""Tickets of the bulk request, and of single requests, which take too long for as many."""
SECONDS_LIMIT, TIMES_LIMIT, LIST_LIMIT = 3.0, 10.0, 100.0
BEFORE: Final = os.environ.get("DESKWIRE_BEFORE")
WORKS: Final[dict[str, Body]] = {
    "priority and a tag": {"edit": {"priority": "high", "add_tags": ["a"]}},
    "claim": {"claim": {}},
    "a note": {"message": {"body": "Spare parts come on Monday. " * 5, "kind": "note"}},
    "resolve": {"edit": {"status": "resolved"}},
}
"""The works that are done with all tickets, one after the other."""
SINGLE_EDIT: Final[Body] = {"priority": "high", "add_tags": ["b"]}


class _Cost(Struct, frozen=True):
    """The cost of a bulk request: seconds, also of the processor, and the waits for a list."""

    seconds: float
    processor_seconds: float
    waits: list[float]


def on_sqlite(folder: Path) -> Iterator[Result]:
    with ExitStack() as running:
        desks = [
            _open_desk(running, folder / f"{name}.db", root)
            for name, root in _list_checkouts().items()
        ]
        yield from _measure(desks, "bulk")


def on_postgresql(folder: Path) -> Iterator[Result]:
    with cluster(durable=True) as postgres, ExitStack() as running:
        desks = [
            _open_desk(running, folder / f"{name}.db", root, postgres.fresh())
            for name, root in _list_checkouts().items()
        ]
        yield from _measure(desks, "PostgreSQL: bulk")


def _list_checkouts() -> dict[str, Path]:
    """Returns the names of the databases, with the checkout that serves each."""
    return {"ours": child.ROOT} | ({"before": Path(BEFORE)} if BEFORE else {})


def _open_desk(running: ExitStack, path: Path, root: Path, url: str = "") -> Desk:
    """Serves tickets that were opened just now, so that the clock owes them nothing meanwhile."""
    new = Desk(path, url, root)
    new.found()
    lines = new.path.with_suffix(".jsonl")
    start = utc_now() - timedelta(seconds=10)
    gap = timedelta(milliseconds=1)
    lines.write_text("".join(seeding.open_tickets(TICKETS, start=start, gap=gap)))
    new.take_in(lines)
    return running.enter_context(new.served())


def _measure(desks: list[Desk], name: str) -> Iterator[Result]:
    """Does each of the works with all tickets."""
    people = [desk.people("agent", 2) for desk in desks]
    for agent, _ in people:
        # An imported ticket has no SLA targets until its first change.
        _run_bulk(agent, {"edit": {"waiting_on": "third_party"}})
        _run_bulk(agent, {"edit": {"waiting_on": "agent"}})
    alone = _time_single(people[0][0])
    for what, work in WORKS.items():
        ours, *before = [_time_bulk(*it, work) for it in zip(desks, people, strict=True)]
        yield from _compare(f"{name}: {what}", ours, before)
        if "add_tags" in work.get("edit", {}):
            yield Result(
                figure="the same, against one request a ticket",
                ours=f"{TICKETS / ours.seconds:,.0f}/s",
                peer=f"{1 / alone:,.0f}/s",
                value=alone * TICKETS / ours.seconds,
                limit=TIMES_LIMIT,
                at_least=True,
                unit="x",
            )


def _compare(figure: str, ours: _Cost, before: list[_Cost]) -> Iterator[Result]:
    yield Result(
        figure=f"{figure}, {TICKETS:,} tickets",
        ours=_describe_cost(ours),
        value=ours.seconds,
        limit=SECONDS_LIMIT,
        unit="s",
    )
    yield Result(
        figure="a list of 25 meanwhile, p95",
        value=sorted(ours.waits)[len(ours.waits) * 95 // 100] * 1000,
        limit=LIST_LIMIT,
        unit="ms",
    )
    for other in before:
        yield Result(
            figure="processor time, of that of the version before",
            ours=_describe_cost(ours),
            peer=_describe_cost(other),
            value=ours.processor_seconds / other.processor_seconds,
            limit=1.0,
            unit="x",
        )


def _describe_cost(cost: _Cost) -> str:
    return f"{cost.processor_seconds / TICKETS * 1e6:,.0f} µs of CPU each"


def _time_single(agent: Rest) -> float:
    """Returns the seconds of one request, of many that are sent one after the other."""
    began = perf_counter()
    for number in range(1, SINGLE + 1):
        agent.raw("PATCH", f"/tickets/{number}", SINGLE_EDIT)
    return (perf_counter() - began) / SINGLE


def _time_bulk(desk: Desk, people: list[Rest], work: Body) -> _Cost:
    agent, reader = people
    with _reading(reader) as waits:
        before, began = read_process_seconds(desk.pid), perf_counter()
        _run_bulk(agent, work)
        seconds = perf_counter() - began
        spent = read_process_seconds(desk.pid) - before
    return _Cost(seconds, spent, waits)


def _run_bulk(agent: Rest, work: Body) -> None:
    numbers = list(range(1, TICKETS + 1))
    answer = json.loads(agent.raw("POST", "/bulk", {"numbers": numbers, **work}))
    if answer["changed"] != TICKETS:
        raise RuntimeError(f"only {answer['changed']} tickets have changed")


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
