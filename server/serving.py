"""Serving: from settings to a ready line, and from SIGTERM to a clean end."""

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec
import zmq
from aiohttp import web
from msgspec import Struct

from server.app import VERSION, Server
from server.rest.connection import HttpRunner
from server.settings import Settings
from server.storage.opening import open_database

_FINISH_SECONDS: Final = 5.0
"""For requests in flight when the server is told to stop."""


class CannotServe(Exception):
    """An address is taken or none; the message says which."""


class Addresses(Struct, frozen=True):
    """Where the server is to be reached."""

    http: str
    stream: str


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Addresses]:
    """A server that accepts traffic inside the block. Raises CannotServe, BadDatabase."""
    server = Server(settings, open_database(settings.database))
    runner = HttpRunner(
        server.web,
        request_timeout=settings.request_timeout,
        access_log=None,
        shutdown_timeout=_FINISH_SECONDS,
        # Unpacking fails outside of any handler, where no answer is a problem: see `Call.body`.
        auto_decompress=False,
    )
    try:
        await _open_stream(server, settings.stream)
        http = await _listen(runner, settings)
        server.public_url = settings.public_url or http
        yield Addresses(http, server.stream.endpoint)
    finally:
        await runner.cleanup()
        await server.close()


async def serve(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT; one line on standard output says when it is ready."""
    _spare_the_collector()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(settings) as addresses:
        sys.stdout.write(_ready(addresses) + "\n")
        sys.stdout.flush()
        await stop.wait()


def _spare_the_collector() -> None:
    """What is there at the start stays: it need not be searched for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _open_stream(server: Server, endpoint: str) -> None:
    try:
        await server.open(endpoint)
    except zmq.ZMQError as error:
        raise CannotServe(f"Cannot listen on {endpoint} for the stream: {error}.") from error


async def _listen(runner: web.AppRunner, settings: Settings) -> str:
    await runner.setup()
    host, port = settings.http_address
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
    except OSError as error:
        raise CannotServe(f"Cannot listen on {settings.http}: {error.strerror}.") from error
    bound = runner.addresses[0]
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    return f"http://{shown}:{bound[1]}"


def _ready(addresses: Addresses) -> str:
    line = {
        "event": "ready",
        "http": addresses.http,
        "stream": addresses.stream,
        "version": VERSION,
    }
    return msgspec.json.encode(line).decode()
