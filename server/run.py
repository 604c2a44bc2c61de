"""Runs the server: from the settings to the ready line, and from SIGTERM to a clean exit."""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import msgspec
import structlog
import zmq
from aiohttp import web
from msgspec import Struct

from server.app import VERSION, Server
from server.command_errors import CommandError
from server.rest.core.connection import HttpRunner
from server.settings import Settings
from server.storage.connect import open_database
from server.storage.engine.database import Database
from server.storage.engine.database_url import normalize_url
from server.storage.engine.postgres_connector import PostgresSettings
from server.storage.serving_lock import hold_serving_lock

_FINISH_SECONDS: Final = 5.0
"""Seconds for requests in flight to finish after SIGTERM."""
_EXIT_SECONDS: Final = 9.0
"""Seconds from SIGTERM to the end of the process, whatever is still unfinished. We promise 10."""
_STATEMENT_SECONDS: Final = 30.0
"""Seconds for one statement of a request; commands such as an import have no limit."""

logger = structlog.get_logger()


class CannotListen(CommandError):
    """An address is taken or invalid; the message says which."""


class Addresses(Struct, frozen=True):
    """The addresses of a running server: the HTTP URL, the ZeroMQ endpoint, and that for mail."""

    http: str
    stream: str
    mail: str = ""


@asynccontextmanager
async def run_server(settings: Settings, database: Database) -> AsyncIterator[Addresses]:
    """Runs a server inside the block and closes the database behind it. Raises CannotListen."""
    with hold_serving_lock(normalize_url(settings.database)) as is_alone:
        server = Server(settings, database, is_alone=is_alone)
        runner = HttpRunner(
            server.web,
            request_timeout=settings.request_timeout,
            access_log=None,
            shutdown_timeout=_FINISH_SECONDS,
            # aiohttp would decompress outside of any handler, where an error is no problem
            # document.
            auto_decompress=False,
        )
        try:
            await _open_stream(server, settings.stream)
            http = await _listen_http(runner, settings)
            server.public_url = settings.public_url or http
            mail = await _open_mail(server, settings)
            yield Addresses(http, server.stream.endpoint, mail)
        finally:
            await runner.cleanup()
            await server.close()


async def serve_until_stopped(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT. Prints one line to standard output once it is ready.

    Raises CannotListen, BadDatabase, SchemaTooNew.
    """
    _freeze_garbage_collector()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _begin_shutdown, stop)
    database = await _open_database(settings, stop)
    if database is None:
        return
    async with run_server(settings, database) as addresses:
        sys.stdout.write(_format_ready_line(addresses) + "\n")
        sys.stdout.flush()
        await stop.wait()


def _begin_shutdown(stop: asyncio.Event) -> None:
    """Asks for a clean exit, and forces one when the time is up."""
    stop.set()
    limit = threading.Timer(_EXIT_SECONDS, _force_exit)
    limit.daemon = True
    limit.start()


def _force_exit() -> None:
    """Ends a process that hangs. Committed changes are safe; other work is due again."""
    logger.error("shutdown timed out", seconds=_EXIT_SECONDS)
    os._exit(0)


async def _open_database(settings: Settings, stop: asyncio.Event) -> Database | None:
    """Opens the database on a thread. Returns None where the server has to stop meanwhile.

    Another server's migration, or a PostgreSQL that does not answer, may block that thread for
    long. It is a daemon thread, so that the process can end without it.
    """
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[Database] = loop.create_future()
    threading.Thread(
        target=_open_on_thread, args=(settings, opened, loop), name="opening", daemon=True
    ).start()
    stopped = asyncio.create_task(stop.wait())
    either: set[asyncio.Future[Any]] = {opened, stopped}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    return await opened if opened.done() else None


def _open_on_thread(
    settings: Settings, opened: "asyncio.Future[Database]", loop: asyncio.AbstractEventLoop
) -> None:
    # RuntimeError: the loop is closed, because the process ends.
    with suppress(RuntimeError):
        try:
            database = open_database(settings.database, _postgres_settings(settings))
        except Exception as error:  # noqa: BLE001 - raised again by the caller's await
            loop.call_soon_threadsafe(opened.set_exception, error)
        else:
            loop.call_soon_threadsafe(opened.set_result, database)


def _postgres_settings(settings: Settings) -> PostgresSettings:
    return PostgresSettings(
        connections=settings.database_connections,
        pooler=settings.database_pooler,
        statement_seconds=_STATEMENT_SECONDS,
    )


def _freeze_garbage_collector() -> None:
    """Excludes the modules and objects of the start from garbage collection: they stay.

    Nothing is collected first: hardly any of them is garbage, and looking takes a tenth of a
    second.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


async def _open_stream(server: Server, endpoint: str) -> None:
    try:
        await server.start(endpoint)
    except zmq.ZMQError as error:
        raise CannotListen(f"Cannot listen on {endpoint} for the stream: {error}.") from error


async def _listen_http(runner: web.AppRunner, settings: Settings) -> str:
    await runner.setup()
    host, port = settings.http_address
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
    except OSError as error:
        raise CannotListen(f"Cannot listen on {settings.http}: {error.strerror}.") from error
    bound = runner.addresses[0]
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    return f"http://{shown}:{bound[1]}"


async def _open_mail(server: Server, settings: Settings) -> str:
    """Opens the listener for mail, and returns its address; '' without one."""
    try:
        return await server.open_mail()
    except OSError as error:
        where, reason = settings.mail_listen, error.strerror or str(error)
        raise CannotListen(f"Cannot listen on {where} for mail: {reason}.") from error


def _format_ready_line(addresses: Addresses) -> str:
    line = {
        "event": "ready",
        "http": addresses.http,
        "stream": addresses.stream,
        "version": VERSION,
    }
    if addresses.mail:
        line["mail"] = addresses.mail
    return msgspec.json.encode(line).decode()
