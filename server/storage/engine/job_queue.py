"""Queues of jobs for the threads: what one iteration of the event loop submits is one batch.

Waking a thread costs more than most reads do, and a batch wakes it once.
"""

import asyncio
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Final, TypeVar, cast

from server.storage.engine.database_errors import DatabaseUnavailable, Fault
from server.storage.engine.job import Needs, QueuedJob

T = TypeVar("T")
Batch = list[QueuedJob]

MAX_WAITING_JOBS: Final = 5_000
"""Jobs that may wait in one queue, some seconds of work. More are refused as overload."""
MAX_WAIT_SECONDS: Final = 15.0
"""The longest wait for a thread. A job refused after it has not begun: nothing was changed."""
_SWEEP_SECONDS: Final = 1.0


class JobQueue:
    """A queue of batches. With `spread` each job is a batch, so that several threads share them."""

    def __init__(self, *, spread: bool = False) -> None:
        self._spread = spread
        self._batches: SimpleQueue[Batch | None] = SimpleQueue()
        self._next_batch: Batch = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[QueuedJob, None] = {}
        self._is_sweeping = False

    async def submit_job(
        self,
        job: Callable[..., T],
        *,
        single: bool = False,
        org_id: int | None = None,
        needs: Sequence[Needs] = (),
    ) -> T:
        """Returns the job's result. Raises its error, or DatabaseUnavailable past capacity."""
        if len(self._waiting) >= MAX_WAITING_JOBS:
            raise _overload_error()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()
        queued = QueuedJob(job, future, single=single, org_id=org_id, needs=needs)
        self._enqueue_job(queued, loop)
        self._waiting[queued] = None
        if not self._is_sweeping:
            self._schedule_sweep(loop)
        try:
            return cast("T", await future)
        finally:
            del self._waiting[queued]

    def close(self) -> None:
        """Puts a closing mark behind all jobs; each thread needs one."""
        self._send_batch()
        self._batches.put(None)

    def get(self) -> Batch | None:
        """Returns the next batch, or None for a closing mark; waits for it."""
        return self._batches.get()

    def release(self, batch: Batch) -> None:
        """Notes that a thread has served a batch that it got."""

    def put_batch(self, batch: Batch) -> None:
        """Adds a batch for the threads."""
        self._batches.put(batch)

    def get_nowait(self) -> Batch | None:
        """Does the same without waiting. Raises queue.Empty."""
        return self._batches.get_nowait()

    def _schedule_sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_sweeping = True
        loop.call_later(_SWEEP_SECONDS, self._withdraw_old_jobs, loop)

    def _withdraw_old_jobs(self, loop: asyncio.AbstractEventLoop) -> None:
        """Refuses jobs that have waited too long for a thread, oldest first."""
        too_old = loop.time() - MAX_WAIT_SECONDS
        for queued in self._waiting:
            if queued.submitted_at > too_old:
                break
            if not queued.future.done() and queued.claim():
                queued.future.set_exception(_overload_error())
        self._is_sweeping = False
        if self._waiting:
            self._schedule_sweep(loop)

    def _enqueue_job(self, queued: QueuedJob, loop: asyncio.AbstractEventLoop) -> None:
        if self._spread:
            self.put_batch([queued])
            return
        if not self._next_batch or self._loop is not loop:
            self._loop = loop
            loop.call_soon(self._send_batch)
        self._next_batch.append(queued)

    def _send_batch(self) -> None:
        batch, self._next_batch = self._next_batch, []
        if batch:
            self.put_batch(batch)


def _overload_error() -> DatabaseUnavailable:
    return DatabaseUnavailable(
        Fault.OVERLOADED, "More is asked of this server than it can do: try again."
    )
