"""Jobs on their way to the threads: what one turn of the event loop asks goes as one batch.

Waking a thread costs more than most reads do: a batch wakes it once.
"""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final, TypeVar, cast

from server.storage.engine.database_errors import DatabaseUnavailable, Fault
from server.storage.engine.job import Ask

T = TypeVar("T")
Batch = list[Ask]

MOST_WAITING: Final = 5_000
"""Jobs before one kind of lane; some seconds of work. Whoever comes then is told to come back."""
PATIENCE_SECONDS: Final = 15.0
"""How long a job waits for its turn; it has not begun then, and nothing has happened."""
_SWEEP_SECONDS: Final = 1.0


class Jobs:
    """A queue of batches. With `spread` every job is a batch, so that several lanes share them."""

    def __init__(self, *, spread: bool = False) -> None:
        self._spread = spread
        self._batches: SimpleQueue[Batch | None] = SimpleQueue()
        self._coming: Batch = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[Ask, None] = {}
        self._is_sweeping = False

    async def ask(self, job: Callable[..., T], *, single: bool = False) -> T:
        """Waits for what comes of the job. Raises that, or DatabaseUnavailable past capacity."""
        if len(self._waiting) >= MOST_WAITING:
            raise _too_much()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()
        ask = Ask(job, future, single=single)
        self._add(ask, loop)
        self._waiting[ask] = None
        if not self._is_sweeping:
            self._sweep_later(loop)
        try:
            return cast("T", await future)
        finally:
            del self._waiting[ask]

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

    def _sweep_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_sweeping = True
        loop.call_later(_SWEEP_SECONDS, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Withdraws what has waited too long for a thread, the oldest first."""
        too_old = loop.time() - PATIENCE_SECONDS
        for ask in self._waiting:
            if ask.asked_at > too_old:
                break
            if not ask.future.done() and ask.claim():
                ask.future.set_exception(_too_much())
        self._is_sweeping = False
        if self._waiting:
            self._sweep_later(loop)

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


def _too_much() -> DatabaseUnavailable:
    return DatabaseUnavailable(
        Fault.OVERLOADED, "More is asked of this server than it can do: try again."
    )
