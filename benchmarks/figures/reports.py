"""Reports over a million tickets and five years, and what their rows cost who writes."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from benchmarks import report_seeding
from benchmarks.counted_life import Lives
from benchmarks.desk_process import Desk
from benchmarks.rest import Rest
from benchmarks.result import Result
from server.storage.engine import sqlite
from tests.support.postgres import cluster

ROUNDS = 7
MONTH = "/reports/summary?from=2025-06-01&to=2025-07-01"
YEAR = "/reports/summary?from=2025-01-01&to=2026-01-01&group_by=agent"
LIMITS_MS = {"30 days": 150, "a year by agent": 500}
EVENTS_A_TICKET, FASTER = 5, 20
COSTS = {"filing a ticket": 10, "a ticket's whole life": 20}


def on_sqlite(folder: Path) -> Iterator[Result]:
    desk = Desk(folder / "desk.db")
    desk.found()
    with closing(sqlite.connect_sqlite(str(desk.path))) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        report_seeding.fill(connection, "sqlite")
    yield from _asked(desk, "SQLite", folder)


def on_postgresql(folder: Path) -> Iterator[Result]:
    with cluster() as running:
        desk = Desk(folder / "desk.db", running.fresh())
        desk.found()
        with psycopg.connect(desk.url, autocommit=True) as connection:
            report_seeding.fill(connection, "postgresql")
        yield from _asked(desk, "PostgreSQL", folder)


def writing(folder: Path) -> Iterator[Result]:
    lives = Lives(folder / "desk.db")
    for what, cost in lives.costs():
        figure = f"rows of reports make {what} dearer by"
        yield Result(figure=figure, value=cost, limit=COSTS[what], unit="%")


def _asked(desk: Desk, dialect: str, folder: Path) -> Iterator[Result]:
    with desk.served(), closing(desk.admin()) as admin:
        taken = {"30 days": _median_ms(admin, MONTH), "a year by agent": _median_ms(admin, YEAR)}
        for what, value in taken.items():
            yield Result(
                figure=f"report of {report_seeding.TICKETS:,} tickets, {what}, {dialect}",
                value=value,
                limit=LIMITS_MS[what],
                unit="ms",
            )
        if dialect == "SQLite":
            yield _against_the_log(admin, taken["30 days"], folder)


def _median_ms(admin: Rest, path: str) -> float:
    return median(_ms(admin, path) for _ in range(ROUNDS))


def _ms(admin: Rest, path: str) -> float:
    start = time.perf_counter()
    told: dict[str, Any] = admin.get(path)
    if not told["total"]["response_time"]["n"]:
        raise RuntimeError("a report of nothing")
    return (time.perf_counter() - start) * 1000


def _against_the_log(admin: Rest, took: float, folder: Path) -> Result:
    """The least that the log takes: only the events of the tickets filed in those days."""
    filed = admin.get(MONTH)["total"]["tickets_created"]
    replay = Lives(folder / "log.db").replay_ms(500) / 500 * filed
    return Result(
        figure=f"the same 30 days from {filed * EVENTS_A_TICKET:,} events of the log",
        ours=f"{took:.0f} ms",
        peer=f"{replay:.0f} ms",
        value=replay / took,
        limit=FASTER,
        at_least=True,
        unit="x",
    )
