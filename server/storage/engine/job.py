"""An ask: a job for a thread, and the future of its answer."""

import asyncio
from collections.abc import Callable

from server.storage.engine.transaction import ReadTransaction


class QueuedJob:
    """A job, and the future of its answer."""

    __slots__ = ("_permits", "asked_at", "error", "future", "job", "result", "single")

    def __init__(
        self, job: Callable[..., object], future: "asyncio.Future[object]", *, single: bool
    ) -> None:
        self.job = job
        self.single = single
        self.future = future
        self.result: object = None
        self.error: BaseException | None = None
        self.asked_at = future.get_loop().time()
        self._permits = [True]

    def claim(self) -> bool:
        """Answers True to the first who asks: the thread that runs it, or who withdraws it."""
        try:
            return self._permits.pop()
        except IndexError:
            return False

    def run(self, transaction: ReadTransaction) -> None:
        """Runs the job and keeps what came of it."""
        try:
            self.result = self.job(transaction)
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and goes there
            self.error = error

    def resolve_future(self) -> None:
        """Resolves the future, on the loop's thread."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def resolve_jobs(asks: list[QueuedJob]) -> None:
    """Resolves a batch in one turn of the loop."""
    for ask in asks:
        ask.resolve_future()
