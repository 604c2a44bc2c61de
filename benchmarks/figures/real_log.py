"""Take in the log of a real help desk, where it lies beside the repository."""

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import real_log
from benchmarks.desk_process import Desk
from benchmarks.result import Result

LIMIT_S = 30


def measure(folder: Path) -> Iterator[Result]:
    if not real_log.LOG.exists():
        return
    log = real_log.rows()
    source = folder / "log.jsonl"
    source.write_text("".join(real_log.lines(log)))
    desk = Desk(folder / "desk.db")
    desk.found()
    start = time.perf_counter()
    desk.take_in(source)
    yield Result(
        figure=f"import a real log of {len(log):,} events",
        value=time.perf_counter() - start,
        limit=LIMIT_S,
        unit="s",
    )
