"""Jobs on their way to the threads: what one turn of the event loop asks goes as one batch.

Waking a thread costs more than most reads do: a batch wakes it once.
"""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final, TypeVar, cast

from server.storage.engine.database_errors import DatabaseUnavailable, Fault
from server.storage.engine.job import QueuedJob

T = TypeVar("T")
Batch = list[QueuedJob]

MAX_WAITING_JOBS: Final = 5_000
"""Jobs before one kind of lane; some seconds of work. Whoever comes then is told to come back."""
MAX_WAIT_SECONDS: Final = 15.0
"""How long a job waits for its turn; it has not begun then, and nothing has happened."""
_SWEEP_SECONDS: Final = 1.0


class JobQueue:
    """A queue of batches. With `spread` every job is a batch, so that several lanes share them."""

    def __init__(self, *, spread: bool = False) -> None:
        self._spread = spread
        self._batches: SimpleQueue[Batch | None] = SimpleQueue()
        self._coming: Batch = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[QueuedJob, None] = {}
        self._is_sweeping = False

    async def submit_job(self, job: Callable[..., T], *, single: bool = False) -> T:
        """Waits for what comes of the job. Raises that, or DatabaseUnavailable past capacity."""
        if len(self._waiting) >= MAX_WAITING_JOBS:
            raise _overload_error()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()
        ask = QueuedJob(job, future, single=single)
        self._enqueue_job(ask, loop)
        self._waiting[ask] = None
        if not self._is_sweeping:
            self._schedule_sweep(loop)
        try:
            return cast("T", await future)
        finally:
            del self._waiting[ask]

    def close(self) -> None:
        """A mark behind everything that was asked; one for each lane."""
        self._send_batch()
        self._batches.put(None)

    def get(self) -> Batch | None:
        """The next batch, or the closing mark; waits for it."""
        return self._batches.get()

    def get_nowait(self) -> Batch | None:
        """The same without waiting. Raises queue.Empty."""
        return self._batches.get_nowait()

    def _schedule_sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_sweeping = True
        loop.call_later(_SWEEP_SECONDS, self._withdraw_old_jobs, loop)

    def _withdraw_old_jobs(self, loop: asyncio.AbstractEventLoop) -> None:
        """Withdraws what has waited too long for a thread, the oldest first."""
        too_old = loop.time() - MAX_WAIT_SECONDS
        for ask in self._waiting:
            if ask.asked_at > too_old:
                break
            if not ask.future.done() and ask.claim():
                ask.future.set_exception(_overload_error())
        self._is_sweeping = False
        if self._waiting:
            self._schedule_sweep(loop)

    def _enqueue_job(self, ask: QueuedJob, loop: asyncio.AbstractEventLoop) -> None:
        if self._spread:
            self._batches.put([ask])
            return
        if not self._coming or self._loop is not loop:
            self._loop = loop
            loop.call_soon(self._send_batch)
        self._coming.append(ask)

    def _send_batch(self) -> None:
        batch, self._coming = self._coming, []
        if batch:
            self._batches.put(batch)


def _overload_error() -> DatabaseUnavailable:
    return DatabaseUnavailable(
        Fault.OVERLOADED, "More is asked of this server than it can do: try again."
    )
