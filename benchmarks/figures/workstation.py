"""The waits of an agent: for the first queue, and for a colleague's change on the screen."""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks import seeding
from benchmarks.desk_process import Desk, desk
from benchmarks.load import percentile
from benchmarks.result import Result
from benchmarks.terminal import Screen, workstation

AGENT = "agent-0@bench.example"
FEW, MANY = 15, 10_000
EDITS, STARTS = 100, 5
PAINTED_MS, STARTED_S = 100, 1.5
FIRST_ROW = seeding.SUBJECT.partition(" {")[0]


def painted_row(folder: Path) -> Iterator[Result]:
    with desk(folder / "desk.db", seeding.open_tickets(FEW)) as ours:
        ours.people("agent", 1)
        with workstation(ours.http, AGENT, folder) as screen:
            screen.wait_for(FIRST_ROW)
            screen.watch(2)
            waits = list(_edits(ours, screen))
    yield Result(
        figure="REST call to painted row: p99",
        ours=f"median {median(waits):.0f} ms",
        value=percentile(waits, 99),
        limit=PAINTED_MS,
        unit="ms",
    )


def _edits(ours: Desk, screen: Screen) -> Iterator[float]:
    """A colleague renames tickets on the screen, at times that keep no step with its frames."""
    admin, chance = ours.admin(), random.Random(4821)  # noqa: S311 - no secret
    for index in range(EDITS):
        subject, start = f"Renamed {index:04} times", time.perf_counter()
        admin.patch(f"/tickets/{1 + index % FEW}", {"subject": subject})
        yield (screen.wait_for(subject) - start) * 1000
        screen.watch(chance.uniform(0, 0.15))


def first_queue(folder: Path) -> Iterator[Result]:
    with desk(folder / "desk.db", seeding.open_tickets(MANY)) as ours:
        ours.people("agent", 1)
        waits = [_start(ours, folder / str(index)) for index in range(STARTS)]
    yield Result(
        figure=f"start to first row of {MANY:,} open tickets",
        ours=f"worst {max(waits):.2f} s",
        value=median(waits),
        limit=STARTED_S,
        unit="s",
    )


def _start(ours: Desk, home: Path) -> float:
    start = time.perf_counter()
    with workstation(ours.http, AGENT, home) as screen:
        return screen.wait_for(FIRST_ROW) - start
