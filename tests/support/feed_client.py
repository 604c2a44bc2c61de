"""A client's feed and store, and everything that it has said of its connection."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.support.waiting import PATIENCE
from tui.model.store import Store
from tui.network.client import Client
from tui.network.feed import ConnectionPhase, ConnectionState, Feed


class FeedClient:
    """One who follows a desk; `states` are the connection's, oldest first."""

    def __init__(self, client: Client) -> None:
        self.client, self.store = client, Store()
        self.states: list[ConnectionState] = []
        self._changed = asyncio.Event()
        self.feed = Feed(client, self.store, self._take_state)
        self.store.subscribe(lambda _: self._changed.set())

    def _take_state(self, state: ConnectionState) -> None:
        self.states.append(state)
        self._changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def reach(self, phase: ConnectionPhase) -> None:
        """Waits until the connection is in this phase."""
        await self.until(lambda: self.feed.state.connection is phase)

    async def live(self) -> None:
        """Waits until events are applied as they happen, and the whole queue is here."""
        await self.reach(ConnectionPhase.LIVE)
        await self.until(lambda: self.store.is_whole)

    async def offline(self) -> None:
        await self.reach(ConnectionPhase.OFFLINE)


@asynccontextmanager
async def following(client: Client) -> AsyncIterator[FeedClient]:
    """Runs a client's feed during the block; a feed that breaks is the test's failure."""
    follower = FeedClient(client)
    running = asyncio.create_task(follower.feed.run())
    try:
        yield follower
    finally:
        running.cancel()
        await asyncio.wait({running})
        await client.close()
    assert running.cancelled() or running.exception() is None
