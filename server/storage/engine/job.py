"""A job in a queue: the function that a thread runs, and the future of its result."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from server.storage.engine.transaction import ReadTransaction, WriteTransaction


class Needs(NamedTuple):
    """Names what a job is going to read; `ask` asks for it ahead, for several jobs at once.

    SQLite answers each statement within its own process, so most needs are not asked for there;
    `on_sqlite` marks those that several statements would read.
    """

    ask: Callable[[WriteTransaction, int, Sequence[Any]], None]
    what: Any
    on_sqlite: bool = False


class QueuedJob:
    """A job, and the future of its result."""

    __slots__ = (
        "_permits",
        "error",
        "future",
        "job",
        "needs",
        "org_id",
        "result",
        "single",
        "submitted_at",
    )

    def __init__(
        self,
        job: Callable[..., object],
        future: "asyncio.Future[object]",
        *,
        single: bool = False,
        org_id: int | None = None,
        needs: Sequence[Needs] = (),
    ) -> None:
        self.job = job
        self.needs = needs
        self.single = single
        self.org_id = org_id
        self.future = future
        self.result: object = None
        self.error: BaseException | None = None
        self.submitted_at = future.get_loop().time()
        self._permits = [True]

    def claim(self) -> bool:
        """Returns True to the first caller: the thread that runs the job, or the sweep.

        The sweep (`JobQueue`) withdraws a job that has waited too long. A list's `pop` is atomic,
        so one of the two wins.
        """
        try:
            return self._permits.pop()
        except IndexError:
            return False

    def run(self, transaction: ReadTransaction) -> None:
        """Runs the job and keeps its result or its error."""
        try:
            self.result = self.job(transaction)
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and goes there
            self.error = error

    def run_and_flush(self, writing: WriteTransaction) -> bool:
        """Runs the job and writes what the transaction has kept back; keeps the error of either.

        Returns whether there is none.

        A value that no database takes (too large a number, half a surrogate pair) fails only at
        the flush, and with an error that is not the driver's.
        """
        try:
            ask_ahead([self], writing)
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and goes there
            self.error = error
            return False
        self.run(writing)
        if self.error is None:
            try:
                writing.flush()
            except BaseException as error:  # noqa: BLE001 - it is the caller's, and goes there
                self.error = error
        return self.error is None

    def resolve_future(self) -> None:
        """Resolves the future; must run on the loop's thread."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def run_together(
    batch: list[QueuedJob], writing: WriteTransaction, is_open: Callable[[], bool] = lambda: True
) -> bool:
    """Runs the jobs of a batch in one transaction, and flushes it.

    Returns False where a job failed after it had written, or where the database has ended the
    transaction by itself: then nothing of the batch may be committed. A job that was refused
    before it wrote anything leaves the transaction as it was.
    """
    ask_ahead(batch, writing)
    for queued in batch:
        before = writing.touched
        queued.run(writing)
        failed = queued.error is not None and writing.touched != before
        if failed or not is_open():
            return False
    writing.flush()
    return True


def ask_ahead(batch: list[QueuedJob], writing: WriteTransaction) -> None:
    """Asks for what the jobs of a transaction are going to read."""
    is_sqlite = writing.dialect == "sqlite"
    asked: dict[tuple[Any, int], list[Any]] = {}
    for queued in batch:
        if queued.org_id is not None:
            for it in queued.needs:
                if is_sqlite and not it.on_sqlite:
                    continue
                asked.setdefault((it.ask, queued.org_id), []).append(it.what)
    for (ask, org_id), all_needs in asked.items():
        ask(writing, org_id, all_needs)


def resolve_jobs(batch: list[QueuedJob]) -> None:
    """Resolves a batch in one iteration of the loop."""
    for job in batch:
        job.resolve_future()
