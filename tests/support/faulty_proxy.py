"""A proxy between a client and a server that delays, cuts, reorders and repeats requests."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto

import aiohttp
from aiohttp import web

_LEFT_OUT = frozenset({"host", "content-length", "transfer-encoding", "connection"})


class Fault(Enum):
    """The fault that a request meets; every request is also delayed."""

    NONE = auto()
    LOST = auto()
    """It never reaches the server."""
    UNANSWERED = auto()
    """The server carries it out, and the answer is lost."""
    REPEATED = auto()
    """It reaches the server twice, at once."""


class FaultyProxy:
    """Passes requests on, each with a fault that is drawn for it; `delay` is the longest, in s."""

    def __init__(self, target: str, seed: int, delay: float) -> None:
        self.target, self.delay = target, delay
        self.faults = [Fault.NONE]
        self.met: list[Fault] = []
        self._random = random.Random(seed)  # noqa: S311 - a test's luck, repeatable

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        fault = self._random.choice(self.faults)
        self.met.append(fault)
        # Requests that are delayed differently overtake each other, and so do their answers.
        await asyncio.sleep(self._random.uniform(0, self.delay))
        if fault is Fault.LOST:
            return self._cut(request)
        body = await request.read()
        sent = [self._send(request, body)]
        if fault is Fault.REPEATED:
            sent.append(self._send(request, body))
        status, headers, raw = (await asyncio.gather(*sent))[-1]
        # The answer is delayed like the request.
        await asyncio.sleep(self._random.uniform(0, self.delay))
        if fault is Fault.UNANSWERED:
            return self._cut(request)
        return web.Response(status=status, headers=headers, body=raw)

    async def _send(self, request: web.Request, body: bytes) -> tuple[int, dict[str, str], bytes]:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _LEFT_OUT}
        async with self.client.request(
            request.method, self.target + request.raw_path, headers=headers, data=body or None
        ) as answer:
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _LEFT_OUT}
            return answer.status, kept, await answer.read()

    @staticmethod
    def _cut(request: web.Request) -> web.Response:
        assert request.transport
        request.transport.abort()
        return web.Response()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Yields the proxy's address."""
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self.pass_on)
        runner = web.AppRunner(app, shutdown_timeout=0, access_log=None)
        async with aiohttp.ClientSession(auto_decompress=False) as self.client:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
            await runner.cleanup()
