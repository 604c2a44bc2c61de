"""A worker thread: takes jobs from a queue and gives results back to the event loop."""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty

from server.storage.engine.job import resolve_jobs
from server.storage.engine.job_queue import Batch, JobQueue


class WorkerThread:
    """Runs `serve` on a thread of its own, batch after batch, until it is closed.

    `serve` gets at least one job and at most `most`, and must set a result or an error for each.
    `close` runs last, on the same thread. Several threads may share a queue.
    """

    def __init__(
        self,
        name: str,
        jobs: JobQueue,
        serve: Callable[[Batch], None],
        close: Callable[[], None],
        most: int = 1,
    ) -> None:
        self._jobs = jobs
        self._serve = serve
        self._close = close
        self._most = most
        self.is_busy = False
        self._thread = threading.Thread(target=self._serve_batches, name=name, daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self, seconds: float | None = None) -> bool:
        """Waits until the thread has ended; returns whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _serve_batches(self) -> None:
        while (first := self._jobs.get()) is not None:
            gathered, last = self._gather_batch(first)
            batch = [job for job in gathered if job.claim()]
            self.is_busy = True
            self._serve_or_fail(batch)
            self.is_busy = False
            self._jobs.release(gathered)
            _deliver_results(batch)
            if last:
                break
        self._close()

    def _serve_or_fail(self, batch: Batch) -> None:
        """Passes any error to the callers: nothing ends the thread."""
        try:
            self._serve(batch)
        except Exception as error:  # noqa: BLE001 - it is the callers', and goes there
            for job in batch:
                job.error = error

    def _gather_batch(self, batch: Batch) -> tuple[Batch, bool]:
        while len(batch) < self._most:
            try:
                more = self._jobs.get_nowait()
            except Empty:
                break
            if more is None:
                return batch, True
            batch += more
        return batch, False


def _deliver_results(batch: Batch) -> None:
    loops = {job.future.get_loop() for job in batch}
    for loop in loops:
        jobs = [job for job in batch if job.future.get_loop() is loop]
        # Where the loop is closed, nobody waits for the result any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(resolve_jobs, jobs)
