"""A receiver of webhooks on loopback: keeps what it gets, and answers as it is told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from msgspec import Struct
from standardwebhooks.webhooks import Webhook

from tests.support.waiting import eventually


class Got(Struct, frozen=True):
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def seq(self) -> int:
        return int(self.json["data"]["seq"])

    def verify(self, secret: str) -> Any:
        """As a customer's program does; raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """`says` is a status, or a status and headers; `gate` holds every answer back while closed."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.says: int | tuple[int, dict[str, str]] = 200
        self.gate = asyncio.Event()
        self.gate.set()
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): text for name, text in request.headers.items()}
        self.got.append(Got(request.path, headers, await request.read()))
        await self.gate.wait()
        status, more = self.says if isinstance(self.says, tuple) else (self.says, {})
        return web.Response(status=status, headers=more)

    @property
    def seqs(self) -> list[int]:
        return [it.seq for it in self.got]

    @property
    def types(self) -> list[str]:
        return [it.json["type"] for it in self.got]

    async def gets(self, count: int) -> list[Got]:
        """The first so many, when they are there."""

        async def there() -> bool:
            return len(self.got) >= count

        await eventually(there)
        return self.got[:count]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        yield receiver
    finally:
        receiver.gate.set()
        await runner.cleanup()
