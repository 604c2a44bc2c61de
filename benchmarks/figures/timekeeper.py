"""The cost of the timekeeper while nothing is due, on a desk full of SLA targets."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks import seeding
from benchmarks.desk_process import Desk
from benchmarks.result import Result
from server.clock import utc_now
from server.desk.desk import Desk as Writer
from server.jobs.timekeeper import POLL_SECONDS, Timekeeper
from server.storage.connect import open_database

TICKETS, LOOKS = 100_000, 1_000
LIMIT_PERCENT = 1


def measure(folder: Path) -> Iterator[Result]:
    desk = Desk(folder / "desk.db")
    desk.found()
    source = folder / "desk.jsonl"
    source.write_text("".join(seeding.open_tickets(TICKETS)))
    desk.take_in(source)
    _promise(desk.path)
    cost = asyncio.run(_look(desk.url))
    yield Result(
        figure=f"idle timekeeper, {TICKETS:,} tickets waiting: of a core",
        ours=f"{cost * 1e6:.0f} µs a look, {1 / POLL_SECONDS:.0f}/s",
        value=cost / POLL_SECONDS * 100,
        limit=LIMIT_PERCENT,
        unit="%",
    )


def _promise(path: Path) -> None:
    """Something is due to every ticket, an hour from now and later."""
    soon = int(utc_now().timestamp() * 1_000_000) + 3_600_000_000
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE tickets SET wake_at = ? + number, sla_due = ? + number", (soon,) * 2
        )


async def _look(url: str) -> float:
    """CPU seconds of a look, on all threads."""
    database = open_database(url)
    keeper = Timekeeper(database, Writer(database, utc_now, lambda _: None), utc_now)
    await keeper.run_due_work()
    start = time.process_time()
    for _ in range(LOOKS):
        await keeper.run_due_work()
    spent = time.process_time() - start
    database.close()
    return spent / LOOKS
