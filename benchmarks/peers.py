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
from pathlib import Path
from typing import Final

import uvloop
from aiohttp import web

from benchmarks.bare_queue import hits, page

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def fixed(answer: bytes, _: Path) -> Handler:
    """Answer the same JSON to everybody."""

    async def read(_: web.Request) -> web.Response:
        return web.Response(body=answer, content_type="application/json")

    return read


def insert(answer: bytes, path: Path) -> Handler:
    """Parse the ticket, INSERT and COMMIT it on the loop, answer 201 with JSON of our size."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE ticket (id INTEGER PRIMARY KEY, subject TEXT, description TEXT)")

    async def file(request: web.Request) -> web.Response:
        ticket = await request.json()
        database.execute(
            "INSERT INTO ticket (subject, description) VALUES (?, ?)",
            (ticket["subject"], ticket["description"]),
        )
        database.commit()
        return web.Response(body=answer, status=201, content_type="application/json")

    return file


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
