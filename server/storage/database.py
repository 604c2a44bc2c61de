"""The database: threads that read and write, so that the event loop never waits for a query.

SQLite has one writer thread, which commits whatever is waiting as one transaction (group commit),
and a pool of readers; PostgreSQL has a pool for both. A job is a plain function of its
transaction. It may run twice: when one job of a batch fails, the batch is rolled back and its
jobs run one by one.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

from common.refused import Unavailable
from server.storage.transaction import Reading, Writing

T = TypeVar("T")


class Database(Protocol):
    """What the rooms above know of a database."""

    dialect: str

    async def read(
        self, job: Callable[[Reading], T], *, single: bool = False, quick: bool = False
    ) -> T:
        """Runs the job on a snapshot; raises what it raises.

        A `single` job runs one statement, which is a snapshot without a transaction. A `quick`
        one reads a few rows by their keys, and never stands behind a long list.
        """
        ...

    async def write(self, job: Callable[[Writing], T]) -> T:
        """Runs the job in a transaction; answers after the commit, raises what the job raises."""
        ...

    def close(self) -> None:
        """Finishes what was accepted and ends the threads."""
        ...


def away(error: Exception) -> Unavailable:
    """What a caller is told of a database that cannot be reached, or takes nothing more."""
    refusal = Unavailable("The database cannot do this at the moment: try again.")
    refusal.__cause__ = error
    return refusal


class Ask:
    """A job, and the future of its answer."""

    __slots__ = ("error", "future", "job", "result", "single")

    def __init__(
        self, job: Callable[..., object], future: "asyncio.Future[object]", *, single: bool
    ) -> None:
        self.job = job
        self.single = single
        self.future = future
        self.result: object = None
        self.error: BaseException | None = None

    def run(self, transaction: Reading) -> None:
        """Runs the job and keeps what came of it."""
        try:
            self.result = self.job(transaction)
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and goes there
            self.error = error

    def answer(self) -> None:
        """Resolves the future, on the loop's thread."""
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def answer_all(asks: list[Ask]) -> None:
    """Resolves a batch in one turn of the loop."""
    for ask in asks:
        ask.answer()
