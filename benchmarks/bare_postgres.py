"""Bare handlers on PostgreSQL: aiohttp and psycopg, one statement and its COMMIT a request.

Run as `python -m benchmarks.bare_postgres KIND ANSWER-FILE DATABASE-URL`, of the kinds in `BARE`;
it prints one line with its address once it accepts traffic.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
import uvloop
from aiohttp import web

from benchmarks import child
from benchmarks.bare_queue import PAGE, SEQ, make_page
from benchmarks.peers import Handler, serve

CONNECTIONS: Final = 16
ROWS: Final = 10_000
_TABLE: Final = """CREATE TABLE IF NOT EXISTS bare
    (id bigserial PRIMARY KEY, subject text, body text, status text, priority text, page text)"""
_FILL: Final = """INSERT INTO bare (subject, body, status, priority, page)
    SELECT 'Printer', repeat('It does not print. ', 20), 'open', 'normal', %s
    FROM generate_series(1, %s) WHERE NOT EXISTS (SELECT 1 FROM bare)"""
Connection = psycopg.AsyncConnection[Any]


class BarePool:
    """Connections that are all open, and lent in turn."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: asyncio.Queue[Connection] = asyncio.Queue()

    async def open(self) -> None:
        for _ in range(CONNECTIONS):
            self._idle.put_nowait(await Connection.connect(self._url))

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Connection]:
        connection = await self._idle.get()
        try:
            yield connection
        finally:
            self._idle.put_nowait(connection)


def file(answer: bytes, pool: BarePool) -> Handler:
    """INSERT a ticket, answer 201 with JSON of our size."""
    query = b"INSERT INTO bare (subject, body) VALUES (%s, %s)"
    return _writing(answer, pool, query, lambda body, _: [body["subject"], body["description"]])


def reply(answer: bytes, pool: BarePool) -> Handler:
    """INSERT a message."""
    query = b"INSERT INTO bare (subject, body) VALUES (%s, %s)"
    return _writing(answer, pool, query, lambda body, number: [str(number), body["body"]])


def change(answer: bytes, pool: BarePool) -> Handler:
    """UPDATE two columns of a row by its key."""
    query = b"UPDATE bare SET status = %s, priority = %s WHERE id = %s"
    return _writing(answer, pool, query, lambda it, number: [it["status"], "high", number], 200)


def read(_: bytes, pool: BarePool) -> Handler:
    """SELECT a text of our size by its key."""

    async def handle(request: web.Request) -> web.Response:
        async with pool.lend() as connection:
            query = b"SELECT page FROM bare WHERE id = %s"
            row = await (await connection.execute(query, [_number(request)])).fetchone()
            await connection.commit()
        assert row is not None
        return web.Response(body=row[0].encode(), content_type="application/json")

    return handle


def queue(answer: bytes, pool: BarePool) -> Handler:
    """The same query on our database, the same page as JSON."""
    known = json.loads(answer)
    org_id, cursor = known["items"][0]["org_id"], known["next_cursor"]
    page, newest = (query.replace("?", "%s").encode() for query in (PAGE, SEQ))

    async def handle(_: web.Request) -> web.Response:
        async with pool.lend() as connection:
            rows = await (await connection.execute(page, [org_id])).fetchall()
            row = await (await connection.execute(newest, [org_id])).fetchone()
            await connection.commit()
        assert row is not None
        return web.json_response(make_page(rows, cursor, row[0]))

    return handle


BARE: Final[dict[str, Callable[[bytes, BarePool], Handler]]] = {
    "file": file,
    "reply": reply,
    "change": change,
    "read": read,
    "queue": queue,
}


def _writing(
    answer: bytes,
    pool: BarePool,
    query: bytes,
    parameters: Callable[[Any, int], list[Any]],
    status: int = 201,
) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        body = await request.json()
        async with pool.lend() as connection:
            await connection.execute(query, parameters(body, _number(request)))
            await connection.commit()
        return web.Response(body=answer, status=status, content_type="application/json")

    return handle


def _number(request: web.Request) -> int:
    """The last number of the path: the ticket's, where there is one."""
    return next(int(part) for part in reversed(request.path.split("/")) if part.isdigit())


@contextmanager
def bare_postgres(kind: str, answer: bytes, url: str, folder: Path) -> Iterator[str]:
    """The address of a bare handler in a process of its own."""
    file = folder / f"{kind}.answer"
    file.write_bytes(answer)
    with child.running("benchmarks.bare_postgres", kind, str(file), url) as process:
        yield child.line(process)["http"]


async def serve_bare(kind: str, answer: bytes, url: str) -> None:
    pool = BarePool(url)
    await pool.open()
    await serve(BARE[kind](answer, pool))


def main() -> None:
    kind, file, url = sys.argv[1:]
    answer = Path(file).read_bytes()
    with psycopg.connect(url) as connection:
        connection.execute(_TABLE)
        connection.execute(_FILL, [answer.decode(), ROWS])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve_bare(kind, answer, url))


if __name__ == "__main__":
    main()
