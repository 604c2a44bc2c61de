"""The database: threads that read and write, so that the event loop never waits for a query.

SQLite has one writer thread, which commits whatever is waiting as one transaction (group commit),
and a few readers; PostgreSQL has a pool for both. A job is a plain function of its transaction.
It may run twice: when one job of a batch fails, the batch is rolled back and its jobs run one by
one.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from server.storage.jobs import Batch, Jobs
from server.storage.lane import Lane
from server.storage.transaction import Reading, Writing

T = TypeVar("T")


class Worker(Protocol):
    """What a lane does its jobs with: a connection of its own."""

    def serve(self, batch: Batch) -> None:
        """Settles every ask of the batch."""
        ...

    def close(self) -> None: ...


class Database:
    """What the rooms above know of a database: jobs in, answers out."""

    def __init__(self, dialect: str, *, writes: Jobs, quick: Jobs, reads: Jobs) -> None:
        self.dialect = dialect
        self._writes, self._quick, self._reads = writes, quick, reads
        self._lanes: list[tuple[Jobs, Lane]] = []

    def staff(self, jobs: Jobs, name: str, worker: Worker, most: int = 1) -> None:
        """One more thread for these jobs; it takes up to `most` at once."""
        lane = Lane(f"{self.dialect}-{name}", jobs, worker.serve, worker.close, most)
        self._lanes.append((jobs, lane))

    async def read_snapshot(self, job: Callable[[Reading], T]) -> T:
        """Runs the job on a snapshot: all that it reads is true at one instant. Raises its errors.

        For lists and whatever may take long.
        """
        return await self._reads.ask(job)

    read = read_snapshot

    async def read_few(self, job: Callable[[Reading], T]) -> T:
        """The same for a few rows by their keys: it never stands behind a long list."""
        return await self._quick.ask(job)

    async def read_one(self, job: Callable[[Reading], T]) -> T:
        """Runs a job of one statement, by keys: a snapshot without a transaction.

        A second statement raises SecondStatement: it cannot be read at another instant.
        """
        return await self._quick.ask(job, single=True)

    async def read_list(self, job: Callable[[Reading], T]) -> T:
        """The same for a statement that may take long."""
        return await self._reads.ask(job, single=True)

    async def write(self, job: Callable[[Writing], T]) -> T:
        """Runs the job in a transaction; answers after the commit, raises what the job raises."""
        return await self._writes.ask(job)

    def close(self) -> None:
        """Finishes what was accepted and ends the threads."""
        for jobs, _ in self._lanes:
            jobs.close()
        for _, lane in self._lanes:
            lane.join()
