"""A lane: a thread with a queue of jobs before it and an event loop behind it."""

import asyncio
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final, TypeVar, cast

from common.refused import Unavailable
from server.storage.database import Ask, answer_all

T = TypeVar("T")
Jobs = SimpleQueue["Ask | None"]

MOST_WAITING: Final = 5_000
"""Jobs in one queue; some seconds of work. Whoever comes then is told to come back."""


class Lane:
    """Runs `serve` on a thread of its own, batch after batch, until it is closed.

    `serve` gets at least one and at most `most` asks, and must settle every one of them;
    `close` comes last, on the same thread.
    Several lanes may share one queue.
    """

    def __init__(
        self,
        name: str,
        jobs: Jobs,
        serve: Callable[[list[Ask]], None],
        close: Callable[[], None],
        most: int = 1,
    ) -> None:
        self._jobs = jobs
        self._serve = serve
        self._close = close
        self._most = most
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Waits until the thread has seen its closing mark."""
        self._thread.join()

    def _work(self) -> None:
        while (first := self._jobs.get()) is not None:
            batch, last = self._gather(first)
            self._serve(batch)
            _deliver(batch)
            if last:
                break
        self._close()

    def _gather(self, first: Ask) -> tuple[list[Ask], bool]:
        batch = [first]
        while len(batch) < self._most:
            try:
                ask = self._jobs.get_nowait()
            except Empty:
                break
            if ask is None:
                return batch, True
            batch.append(ask)
        return batch, False


def _deliver(batch: list[Ask]) -> None:
    loop = batch[0].future.get_loop()
    try:
        loop.call_soon_threadsafe(answer_all, batch)
    except RuntimeError:
        # The loop has gone: nobody waits for the answer any more.
        return


async def ask(jobs: Jobs, job: Callable[..., T], *, single: bool = False) -> T:
    """Puts a job into a queue and waits for what comes of it. Raises Unavailable past capacity."""
    if jobs.qsize() >= MOST_WAITING:
        raise Unavailable("More is asked of this server than it can do: try again.")
    future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    jobs.put(Ask(job, future, single=single))
    return cast("T", await future)
