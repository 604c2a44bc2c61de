"""A served desk whose clock is set by hand: what takes days is over at once.

The server is one of this process. Its timekeeper does nothing by itself: a test says when it comes
by (`look`), and so can let it be late.
"""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from aiohttp import web

from server.app import Server
from server.rest.core.rate_limit import RateLimiter
from server.settings import Settings
from server.storage.connect import open_database
from tests.support.desk import ServedDesk

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
_ORG_IDS = itertools.count(60_000)
"""Desks on one database follow each other: none has an organization of another."""


class TimedDesk(ServedDesk):
    """`now` is what the server takes for the present."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.now = MONDAY
        with patch("server.app.RateLimiter", self._make_rate_limiter):
            self.home = Server(settings, open_database(url), self.clock)
        self.address = ""
        here: Any = self
        super().__init__(url, here, self.home.database)
        self.org_ids = _ORG_IDS

    @property
    def http(self) -> str:
        return self.address

    def _make_rate_limiter(self, rate: int, _: object) -> RateLimiter:
        """Returns one by the same clock: nobody wins a request back because a machine is slow."""

        def read_seconds() -> float:
            return (self.now - MONDAY).total_seconds()

        return RateLimiter(rate, read_seconds)

    def clock(self) -> datetime:
        return self.now

    def later(self, **by: float) -> datetime:
        """Time passes, and nobody notices."""
        self.now += timedelta(**by)
        return self.now

    async def look(self, **by: float) -> None:
        """Time passes, and then the timekeeper comes by."""
        self.later(**by)
        await self.home.timekeeper.run_due_work()


@asynccontextmanager
async def timed_desk(
    url: str, rate_limit: int = 0, trusted_proxies: str | None = None
) -> AsyncIterator[TimedDesk]:
    """Serves REST alone: no stream, no clockwork."""
    settings = Settings(database=url, rate_limit=rate_limit, trusted_proxies=trusted_proxies)
    desk = TimedDesk(url, settings)
    runner = web.AppRunner(desk.home.web, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        desk.address = "http://{}:{}".format(*runner.addresses[0][:2])
        yield desk
    finally:
        await runner.cleanup()
        await desk.home.close()
