"""A queue of 100,000 open tickets on one terminal: its start, its memory, and its keys."""

import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from benchmarks import child, proc, seeding
from benchmarks.desk_process import Desk, desk
from benchmarks.figures.workstation import AGENT, FIRST_ROW
from benchmarks.load import Load, Plan, percentile
from benchmarks.result import Result
from benchmarks.terminal import Screen, workstation

TICKETS: Final = 100_000
RATE, KEYS = 100, 200
FIRST_ROW_S, MEMORY_MB, KEY_MS = 2.0, 250, 25
LOADED_S: Final = 60
ALL_LOADED = f"{TICKETS} tickets"
FRAME_END_S: Final = 0.004
"""A frame is written at once: after so long a silence its last byte has come."""
_LONGEST_GAP: Final = 0.09


def measure(folder: Path) -> Iterator[Result]:
    with desk(folder / "desk.db", seeding.open_tickets(TICKETS)) as ours:
        ours.people("agent", 1)
        start = time.perf_counter()
        with workstation(ours.http, AGENT, folder) as screen:
            row = screen.wait_for(FIRST_ROW) - start
            loaded = screen.wait_for(ALL_LOADED, LOADED_S) - start
            screen.watch(1)
            memory = proc.read_memory(screen.pid) / 1_000_000
            with _colleagues(ours):
                waits = list(_moves(screen))
            busy = proc.read_memory(screen.pid) / 1_000_000
    yield Result(
        figure=f"start to first row of {TICKETS:,} open tickets",
        ours=f"all loaded {loaded:.1f} s",
        value=row,
        limit=FIRST_ROW_S,
        unit="s",
    )
    yield Result(
        figure="the same: resident memory",
        ours=f"after {len(waits)} keys {busy:.0f} MB",
        value=memory,
        limit=MEMORY_MB,
        unit="MB",
    )
    yield Result(
        figure=f"the same: key to last byte at {RATE} events/s: p95",
        ours=f"median {median(waits):.1f} ms",
        value=percentile(waits, 95),
        limit=KEY_MS,
        unit="ms",
    )


def _moves(screen: Screen) -> Iterator[float]:
    """The cursor moves down and up again, at times that keep no step with the frames."""
    chance = random.Random(4821)  # noqa: S311 - no secret
    for index in range(KEYS):
        pressed = screen.press("j" if index % 20 < 10 else "k")
        screen.wait_for("▸")
        yield (screen.read_until_quiet(FRAME_END_S) - pressed) * 1000
        screen.watch(chance.uniform(0, _LONGEST_GAP))


@contextmanager
def _colleagues(ours: Desk) -> Iterator[None]:
    """Others rename tickets and change their priority, which moves them in the list."""
    with child.running("benchmarks.load") as process:
        child.tell(process, msgspec.msgpack.encode(_plan(ours)))
        yield
        _check(process)


def _plan(ours: Desk) -> Plan:
    admin, chance = ours.admin(), random.Random(4821)  # noqa: S311 - no secret
    total = RATE * int(KEYS * 0.15)
    return Plan(
        host=admin.host,
        port=admin.port,
        requests=[
            admin.request("PATCH", f"/tickets/{1 + chance.randrange(TICKETS)}", _change(index))
            for index in range(total)
        ],
        callers=32,
        rate=RATE,
        total=total,
    )


def _change(index: int) -> dict[str, object]:
    if index % 2:
        return {"subject": f"Renamed {index:05} times"}
    return {"priority": ("low", "high", "urgent")[index // 2 % 3]}


def _check(process: "subprocess.Popen[bytes]") -> None:
    load = msgspec.msgpack.decode(child.rest(process), type=Load)
    if set(load.statuses) != {200}:
        raise RuntimeError(f"answers other than 200: {load.statuses}")
