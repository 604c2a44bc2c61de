"""A lane: a thread with jobs before it and an event loop behind it."""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty

from server.storage.engine.job import resolve_jobs
from server.storage.engine.job_queue import Batch, JobQueue


class WorkerThread:
    """Runs `serve` on a thread of its own, batch after batch, until it is closed.

    `serve` gets at least one ask, and must settle every one of them; it takes what else waits
    until there are `most`. `close` comes last, on the same thread. Several lanes may share jobs.
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
        """Waits until the thread has ended; answers whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _serve_batches(self) -> None:
        while (first := self._jobs.get()) is not None:
            batch, last = self._gather_batch(first)
            batch = [ask for ask in batch if ask.claim()]
            self.is_busy = True
            self._serve_or_fail(batch)
            self.is_busy = False
            _deliver_results(batch)
            if last:
                break
        self._close()

    def _serve_or_fail(self, batch: Batch) -> None:
        """Nothing that goes wrong ends the thread: whoever waits is told, and the next served."""
        try:
            self._serve(batch)
        except Exception as error:  # noqa: BLE001 - it is the callers', and goes there
            for ask in batch:
                ask.error = error

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
    loops = {ask.future.get_loop() for ask in batch}
    for loop in loops:
        its = batch if len(loops) == 1 else [it for it in batch if it.future.get_loop() is loop]
        # Where the loop has gone, nobody waits for the answer any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(resolve_jobs, its)
