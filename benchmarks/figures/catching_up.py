"""A workstation that was away: how long until it knows everything again.

Its feed chooses between the events that it missed and a fresh snapshot of the queue.
"""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import seeding
from benchmarks.desk_process import ORG, PASSWORD, Desk, desk
from benchmarks.result import Result
from tui.model.store import Store
from tui.network.client import Client
from tui.network.feed import ConnectionPhase, ConnectionState, Feed

OPEN, MESSAGES = 10_000, 5
AGENT = "agent-0@bench.example"
SOME, MANY = 500, 50_000
SOME_MS, DEAREST = 300, 1.1
ROUNDS: Final = 5


def measure(folder: Path) -> Iterator[Result]:
    with desk(folder / "desk.db", seeding.open_tickets(OPEN, MESSAGES)) as ours:
        ours.people("agent", 1)
        fresh, some, many = asyncio.run(_measure_feed(ours))
    yield Result(
        figure=f"{SOME} events behind, {OPEN:,} open tickets: caught up",
        ours=f"snapshot {median(fresh):.0f} ms",
        value=median(some),
        limit=SOME_MS,
        unit="ms",
    )
    pairs = zip(many, fresh, strict=True)
    yield Result(
        figure=f"{MANY:,} events behind, against a fresh snapshot",
        ours=f"{median(many):.0f} ms",
        peer=f"{median(fresh):.0f} ms",
        value=median(ours / theirs for ours, theirs in pairs),
        limit=DEAREST,
        unit="x",
    )


async def _measure_feed(ours: Desk) -> tuple[list[float], list[float], list[float]]:
    """Returns the milliseconds of a fresh snapshot, of some events and of many, by round."""
    async with Client(ours.http, ORG) as client:
        await client.sign_in(AGENT, PASSWORD)
        rounds = [
            [await _time_return(client, behind) for behind in (None, SOME, MANY)]
            for _ in range(ROUNDS)
        ]
    fresh, some, many = zip(*rounds, strict=True)
    return list(fresh), list(some), list(many)


async def _time_return(client: Client, behind: int | None) -> float:
    """Returns the milliseconds until a feed is live whose store knows all but so many events.

    None: it has to begin anew with a snapshot.
    """
    store = Store()
    await _follow(client, store, is_whole=False)
    store.seq -= behind or 0
    start = time.perf_counter()
    await _follow(client, store, is_whole=behind is not None)
    return (time.perf_counter() - start) * 1000


async def _follow(client: Client, store: Store, *, is_whole: bool) -> None:
    """Runs a feed until it is live."""
    live = asyncio.Event()

    def note(state: ConnectionState) -> None:
        if state.connection is ConnectionPhase.LIVE:
            live.set()

    feed = Feed(client, store, note)
    feed._is_whole = is_whole  # noqa: SLF001 - as after a lost connection
    running = asyncio.create_task(feed.run())
    await live.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
