"""Search in a million tickets on SQLite, fewer on PostgreSQL, and what its index takes.

The peer is full text search by the book, in a bare handler: match, join the tickets, sort them,
the first page. It names every hit, so a common word takes it a time that grows with the desk.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg

from benchmarks import big_desk, search_seeding
from benchmarks.desk_process import ORG, Desk
from benchmarks.load import Load
from benchmarks.peer_process import peer
from benchmarks.rest import Rest
from benchmarks.result import Result
from benchmarks.rounds import Side, rush
from server.domain.tokenizer import parse_search_query
from server.storage.queries.search.search_index import build_sqlite_match
from tests.support.postgres import cluster

LARGEST_GROWTH = 1.5
SLOWEST_MS = 50
DEAREST = 2.0
SECONDS = 1.5
ON_POSTGRESQL = 100_000
QUERIES = {
    "a word of every ticket": "printer",
    "its beginning": "print",
    "a word of every 20th": "scanner",
    "a rare code by its end": "4321",
    "two words": "printer 4321",
    "two words of every 20th and every 3rd": "scanner v2",
    "a ticket's number": "#4821",
    "part of a Chinese text": "坏了",
    "an address": "ann.lee77@shop77.example",
}
NOT_IN_TEXTS = ("#4821", "ann.lee77@shop77.example")
"""These the peer, which asks the texts alone, does not find."""


def on_sqlite(folder: Path) -> Iterator[Result]:
    with closing(sqlite3.connect(folder / "index.db", isolation_level=None)) as connection:
        yield _growth(search_seeding.growth(connection, "sqlite"), "SQLite")
    desk = big_desk.copy_desk(folder / "desk.db")
    with desk.served(), peer("search", str(ORG).encode(), desk.path) as theirs:
        bare = Rest(theirs, ORG)
        for what, q in QUERIES.items():
            load = _asked(desk, q)
            yield _slowest(what, load, big_desk.MILLION, "SQLite")
            if q not in NOT_IN_TEXTS:
                yield _against(bare, load, _match(q), what)


def on_postgresql(folder: Path) -> Iterator[Result]:
    with cluster() as running:
        desk = Desk(folder / "desk.db", running.fresh())
        desk.found()
        with psycopg.connect(desk.url, autocommit=True) as connection:
            yield _growth(search_seeding.growth(connection, "postgresql"), "PostgreSQL")
            search_seeding.fill(connection, "postgresql", ON_POSTGRESQL)
        with desk.served():
            for what, q in QUERIES.items():
                yield _slowest(what, _asked(desk, q), ON_POSTGRESQL, "PostgreSQL")


def _growth(times: float, dialect: str) -> Result:
    return Result(
        figure=f"search index against that of whole words, {dialect}",
        value=times,
        limit=LARGEST_GROWTH,
        unit="x",
    )


def _asked(desk: Desk, q: str) -> Load:
    with closing(desk.admin()) as admin:
        path = f"/tickets?q={quote(q)}"
        if not admin.get(path)["items"]:
            raise RuntimeError(f"nothing is found by {q}")
        side = Side(desk.http, [admin.request("GET", path)], 200, desk.pid)
        return rush(side, callers=1, seconds=SECONDS)


def _slowest(what: str, load: Load, tickets: int, dialect: str) -> Result:
    return Result(
        figure=f"search {tickets:,} tickets, {dialect}, {what}: p99",
        ours=_told(load),
        value=load.latency(99) * 1000,
        limit=SLOWEST_MS,
        unit="ms",
    )


def _against(bare: Rest, ours: Load, match: str, what: str) -> Result:
    http = f"http://{bare.host}:{bare.port}"
    request = bare.request("GET", f"/tickets?match={quote(match)}")
    start = time.perf_counter()
    bare.raw("GET", f"/tickets?match={quote(match)}")
    slow = 2 * (time.perf_counter() - start)
    theirs = rush(Side(http, [request]), callers=1, seconds=max(SECONDS, slow))
    return Result(
        figure=f"p99 against a bare FTS5 query, {what}",
        ours=_told(ours),
        peer=_told(theirs),
        value=ours.latency(99) / theirs.latency(99),
        limit=DEAREST,
        unit="x",
    )


def _told(load: Load) -> str:
    cost = f", CPU {load.cpu_microseconds / 1000:.2g} ms" if load.cpu_seconds > 0 else ""
    return f"p99 {load.latency(99) * 1000:.3g} ms{cost}"


def _match(q: str) -> str:
    return " AND ".join(f"({build_sqlite_match(group)})" for group in parse_search_query(q))
