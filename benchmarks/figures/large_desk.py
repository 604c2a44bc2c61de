"""A server on a database of a million tickets: its start, its memory at rest, and a wide range.

The memory is the server's own share of what is resident (PSS, proc(5)): pages of the database that
it has mapped are counted, too, though Linux takes them back when it needs them.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import quote

from benchmarks import big_desk, proc
from benchmarks.desk_process import Desk
from benchmarks.process_time import read_process_seconds
from benchmarks.result import Result
from benchmarks.rounds import Side, rush

STARTS: Final = 5
START_S, IDLE_MIB, LOADED_MIB = 1.0, 110, 142
IDLE_SECONDS: Final = 3.0
CALLERS, SECONDS = 16, 2.0
RANGE_MS = 50
IN_RANGE: Final = "/tickets?sort=-updated_at&created_after=2021-02-01T00:00:00Z"
"""Nearly all tickets, in another order than that of the range."""
PATHS: Final = (
    "/tickets?status=open",
    "/tickets?sort=-updated_at&limit=100",
    f"/tickets?q={quote('scanner')}",
    *(f"/tickets/{number}?include=messages" for number in range(1, 400_000, 997)),
)


def measure(folder: Path) -> Iterator[Result]:
    desk = big_desk.copy_desk(folder / "desk.db")
    starts, cpu = zip(*(_time_start(desk) for _ in range(STARTS)), strict=True)
    with desk.served():
        time.sleep(IDLE_SECONDS)  # the figure is the memory of a server that rests
        idle = _read_pss(desk.pid)
        admin = desk.admin()
        rush(Side(desk.http, [admin.request("GET", path) for path in PATHS]), CALLERS, SECONDS)
        time.sleep(IDLE_SECONDS)  # it rests again, with what the load left
        loaded = _read_pss(desk.pid)
        ranged = rush(Side(desk.http, [admin.request("GET", IN_RANGE)], pid=desk.pid), 1, SECONDS)
    yield Result(
        figure=f"start of a server on {big_desk.MILLION:,} tickets",
        ours=f"CPU {median(cpu):.2f} s",
        value=median(starts),
        limit=START_S,
        unit="s",
    )
    yield Result(figure="its memory when idle", value=idle, limit=IDLE_MIB, unit="MiB")
    yield Result(figure="the same after load", value=loaded, limit=LOADED_MIB, unit="MiB")
    yield Result(
        figure="last changes of the tickets created since 2021: p99",
        ours=f"CPU {ranged.cpu_microseconds / 1000:.3g} ms",
        value=ranged.latency(99) * 1000,
        limit=RANGE_MS,
        unit="ms",
    )


def _time_start(desk: Desk) -> tuple[float, float]:
    """Returns the seconds to the ready line, and those of CPU time until then."""
    start = time.perf_counter()
    with desk.served():
        return time.perf_counter() - start, read_process_seconds(desk.pid)


def _read_pss(pid: int) -> float:
    return proc.read_memory(pid, "Pss", "smaps_rollup") / 2**20
