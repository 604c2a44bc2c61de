"""The waits of an agent: for the first queue, and for a colleague's change on the screen."""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from string import ascii_lowercase

from benchmarks import seeding
from benchmarks.desk_process import Desk, desk
from benchmarks.load import percentile
from benchmarks.result import Result
from benchmarks.terminal import Screen, workstation

AGENT = "agent-0@bench.example"
FEW, MANY = 15, 10_000
EDITS, STARTS = 100, 5
PAINTED_MS = 100
FIRST_PAINT_S, FIRST_ROW_S, LIVE_S = 0.4, 0.8, 0.8
FIRST_WORDS, LIVE = "Signing in", "● LIVE"
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
        subject, start = make_subject(index), time.perf_counter()
        admin.patch(f"/tickets/{1 + index % FEW}", {"subject": subject})
        yield (screen.wait_for(subject) - start) * 1000
        screen.watch(chance.uniform(0, 0.15))


def make_subject(index: int) -> str:
    """Returns a subject of which each letter is another than in those before: all of it is sent."""
    return ascii_lowercase[index % len(ascii_lowercase)] * 20


def first_queue(folder: Path) -> Iterator[Result]:
    with desk(folder / "desk.db", seeding.open_tickets(MANY)) as ours:
        ours.people("agent", 1)
        _start(ours, folder / "first")  # writes the bytecode
        starts = [_start(ours, folder / str(index)) for index in range(STARTS)]
    for what, limit, waits in zip(
        (f"start to first paint, {MANY:,} open tickets", "the same to first row", "to live"),
        (FIRST_PAINT_S, FIRST_ROW_S, LIVE_S),
        zip(*starts, strict=True),
        strict=True,
    ):
        yield Result(
            figure=what,
            ours=f"worst {max(waits):.2f} s",
            value=median(waits),
            limit=limit,
            unit="s",
        )


def _start(ours: Desk, home: Path) -> tuple[float, float, float]:
    """Seconds to the first paint, to the first row, and until all is loaded and live."""
    start = time.perf_counter()
    with workstation(ours.http, AGENT, home) as screen:
        painted = screen.wait_for(FIRST_WORDS)
        row = screen.wait_for(FIRST_ROW)
        return painted - start, row - start, screen.wait_for(LIVE) - start
