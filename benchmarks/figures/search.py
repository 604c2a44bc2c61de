"""Search in a hundred thousand tickets on either database, and what its index takes."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from urllib.parse import quote

import psycopg

from benchmarks import search_seeding
from benchmarks.desk_process import Desk
from benchmarks.rest import Rest
from benchmarks.result import Result
from server.storage import sqlite
from tests.support.postgres import cluster

ROUNDS = 7
LARGEST_GROWTH = 1.5
QUERIES = {
    "a rare code by its last digits": ("4321", 40),
    "a word of every ticket": ("printer", 400),
    "part of a Chinese text": ("坏了", 40),
    "a customer's address": ("ann.lee77@shop77.example", 40),
    "a ticket's number": ("#4821", 40),
    "a version": ("2.7.3", 250),
}
"""What is asked for, and how many milliseconds it may take."""


def on_sqlite(folder: Path) -> Iterator[Result]:
    desk = Desk(folder / "desk.db")
    desk.found()
    with closing(sqlite.connect(str(desk.path))) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        search_seeding.fill(connection, "sqlite")
        growth = search_seeding.growth(connection, "sqlite")
    yield from _results(desk, "SQLite", growth)


def on_postgresql(folder: Path) -> Iterator[Result]:
    with cluster() as running:
        desk = Desk(folder / "desk.db", running.fresh())
        desk.found()
        with psycopg.connect(desk.url, autocommit=True) as connection:
            search_seeding.fill(connection, "postgresql")
            growth = search_seeding.growth(connection, "postgresql")
        yield from _results(desk, "PostgreSQL", growth)


def _results(desk: Desk, dialect: str, growth: float) -> Iterator[Result]:
    yield Result(
        figure=f"search index against that of whole words, {dialect}",
        value=growth,
        limit=LARGEST_GROWTH,
        unit="x",
    )
    with desk.served(), closing(desk.admin()) as admin:
        for what, (q, limit) in QUERIES.items():
            yield Result(
                figure=f"{what}, {search_seeding.TICKETS:,} tickets, {dialect}",
                value=median(_ms(admin, q) for _ in range(ROUNDS)),
                limit=limit,
                unit="ms",
            )


def _ms(admin: Rest, q: str) -> float:
    start = time.perf_counter()
    page = admin.get(f"/tickets?q={quote(q)}")
    if not page["items"]:
        raise RuntimeError(f"nothing is found by {q}")
    return (time.perf_counter() - start) * 1000
