"""Jobs on their way to the threads: what one turn of the event loop asks goes as one batch.

Waking a thread costs more than most reads do: a batch wakes it once.
"""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final, TypeVar, cast

from common.refused import Unavailable
from server.storage.ask import Ask

T = TypeVar("T")
Batch = list[Ask]

MOST_WAITING: Final = 5_000
"""Jobs before one kind of lane; some seconds of work. Whoever comes then is told to come back."""


class Jobs:
    """A queue of batches. With `spread` every job is a batch, so that several lanes share them."""

    def __init__(self, *, spread: bool = False) -> None:
        self._spread = spread
        self._batches: SimpleQueue[Batch | None] = SimpleQueue()
        self._coming: Batch = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting = 0

    async def ask(self, job: Callable[..., T], *, single: bool = False) -> T:
        """Waits for what comes of the job. Raises that, or Unavailable past capacity."""
        if self._waiting >= MOST_WAITING:
            raise Unavailable("More is asked of this server than it can do: try again.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()
        self._add(Ask(job, future, single=single), loop)
        self._waiting += 1
        try:
            return cast("T", await future)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """A mark behind everything that was asked; one for each lane."""
        self._send()
        self._batches.put(None)

    def get(self) -> Batch | None:
        """The next batch, or the closing mark; waits for it."""
        return self._batches.get()

    def get_nowait(self) -> Batch | None:
        """The same without waiting. Raises queue.Empty."""
        return self._batches.get_nowait()

    def _add(self, ask: Ask, loop: asyncio.AbstractEventLoop) -> None:
        if self._spread:
            self._batches.put([ask])
            return
        if not self._coming or self._loop is not loop:
            self._loop = loop
            loop.call_soon(self._send)
        self._coming.append(ask)

    def _send(self) -> None:
        batch, self._coming = self._coming, []
        if batch:
            self._batches.put(batch)
