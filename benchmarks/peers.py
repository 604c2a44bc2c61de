"""The peers: what a bare aiohttp handler does for the same answer, with none of our work.

Run as `python -m benchmarks.peers KIND ANSWER-FILE DATABASE`, of the kinds in `PEERS`; each runs on
uvloop and prints one line with its address once it accepts traffic.
"""

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Final

import uvloop
from aiohttp import web

from benchmarks.bare_queue import hits, page

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
UPDATED_ROWS: Final = 10_000


def fixed(answer: bytes, _: Path) -> Handler:
    """Answer the same JSON to everybody."""

    async def read(_: web.Request) -> web.Response:
        return web.Response(body=answer, content_type="application/json")

    return read


def insert(answer: bytes, path: Path) -> Handler:
    """Parse the ticket, INSERT and COMMIT it on the loop, answer 201 with JSON of our size."""
    database = _open_tickets(path)

    async def file(request: web.Request) -> web.Response:
        ticket = await request.json()
        database.execute(
            "INSERT INTO ticket (subject, description) VALUES (?, ?)",
            (ticket["subject"], ticket["description"]),
        )
        database.commit()
        return web.Response(body=answer, status=201, content_type="application/json")

    return file


def message(answer: bytes, path: Path) -> Handler:
    """Parse the message, INSERT and COMMIT it, answer 201 with JSON of our size."""
    database = _open_tickets(path)
    database.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, ticket INTEGER, body TEXT)")

    async def add(request: web.Request) -> web.Response:
        values = _number(request), (await request.json())["body"]
        database.execute("INSERT INTO message (ticket, body) VALUES (?, ?)", values)
        database.commit()
        return web.Response(body=answer, status=201, content_type="application/json")

    return add


def update(answer: bytes, path: Path) -> Handler:
    """UPDATE two columns of a row of many and COMMIT, answer JSON of our size.

    The assignee is another one each time: SQLite does not write, nor sync, what has not changed.
    """
    database = _open_tickets(path)
    rows = ((f"Printer {index}", "PC LOAD LETTER") for index in range(UPDATED_ROWS))
    database.executemany("INSERT INTO ticket (subject, description) VALUES (?, ?)", rows)
    database.commit()
    agents = count(1)

    async def change(request: web.Request) -> web.Response:
        values = (await request.json())["status"], next(agents), _number(request)
        database.execute("UPDATE ticket SET status = ?, assignee = ? WHERE id = ?", values)
        database.commit()
        return web.Response(body=answer, content_type="application/json")

    return change


def _open_tickets(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("""CREATE TABLE ticket
        (id INTEGER PRIMARY KEY, subject TEXT, description TEXT, status TEXT, assignee INTEGER)""")
    return database


def _number(request: web.Request) -> int:
    """The number of the ticket in our address."""
    return int(request.path.split("/tickets/")[1].partition("/")[0])


def queue(answer: bytes, path: Path) -> Handler:
    """The same query on a copy of our database, the same page as JSON."""
    database = sqlite3.connect(path)
    known = json.loads(answer)
    org_id, cursor = known["items"][0]["org_id"], known["next_cursor"]

    async def read(_: web.Request) -> web.Response:
        return web.json_response(page(database, org_id, cursor))

    return read


def search(answer: bytes, path: Path) -> Handler:
    """A full text query of SQLite on our database, its first page as JSON."""
    database = sqlite3.connect(path)
    org_id = int(answer)

    async def read(request: web.Request) -> web.Response:
        return web.json_response(hits(database, org_id, request.query["match"]))

    return read


def files(_: bytes, path: Path) -> Handler:
    """Write the body to a file with fsync, and send that file."""

    async def exchange(request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            return web.FileResponse(path)
        with path.open("wb") as file:
            async for chunk in request.content.iter_any():
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return web.Response(status=201)

    return exchange


PEERS: Final[dict[str, Callable[[bytes, Path], Handler]]] = {
    "fixed": fixed,
    "insert": insert,
    "message": message,
    "update": update,
    "queue": queue,
    "search": search,
    "files": files,
}


async def serve(answer: Handler) -> None:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    print(json.dumps({"http": f"http://{host}:{port}"}), flush=True)
    # Standard input ends when whoever started us does.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def main() -> None:
    kind, answer, database = sys.argv[1:]
    handler = PEERS[kind](Path(answer).read_bytes(), Path(database))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(handler))


if __name__ == "__main__":
    main()
