"""A server on a loopback port, whose connections have all ended when its block ends."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serve_connections(
    answer: Answer, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Answers each connection; yields the port.

    What is open at the end is cut, and waited for: a loop that is closed before that leaves sockets
    behind, which fail whatever test runs when they are collected.
    """
    opened: set[tuple[asyncio.Task[None] | None, asyncio.StreamWriter]] = set()

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.add((asyncio.current_task(), writer))
        await answer(reader, writer)

    server = await asyncio.start_server(run, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for _, writer in opened:
            writer.transport.abort()
        for task, writer in opened:
            if task is not None:
                await asyncio.wait({task})
            with suppress(OSError):
                await writer.wait_closed()
