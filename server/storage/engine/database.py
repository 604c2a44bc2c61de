"""The database: threads that read and write, so that the event loop never waits for a query.

SQLite has one writer thread, which commits whatever is waiting as one transaction (group commit),
and a few readers; PostgreSQL has a pool for both, and commits what waits for one organization. A
job is a plain function of its transaction. It may run twice: when one job of a batch fails, the
batch is rolled back and its jobs run one by one.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from server.clock import monotonic_seconds
from server.monitoring.incident_log import IncidentLog
from server.storage.engine.commit_channel import CommitChannel
from server.storage.engine.database_errors import DatabaseUnavailable, Fault
from server.storage.engine.job import Needs
from server.storage.engine.job_queue import Batch, JobQueue
from server.storage.engine.transaction import ReadTransaction, SecondStatement, WriteTransaction
from server.storage.engine.worker_thread import WorkerThread

T = TypeVar("T")


class StorageWorker(Protocol):
    """Runs the jobs of a worker thread on its own connection."""

    @property
    def stuck_as(self) -> Fault:
        """Returns the failure to report if this worker never comes back from its job."""
        ...

    def serve(self, batch: Batch) -> None:
        """Runs every job of the batch and keeps its result or error."""
        ...

    def close(self) -> None: ...


class Database:
    """A database as the rooms above know it: it runs their jobs and returns the results."""

    def __init__(
        self,
        dialect: str,
        *,
        writes: JobQueue,
        quick: JobQueue,
        reads: JobQueue,
        on_closed: Callable[[], None] = lambda: None,
    ) -> None:
        self.dialect = dialect
        self.path: str | None = None
        """The path of SQLite's file; None for PostgreSQL."""
        self.commit_channel: CommitChannel | None = None
        """The hints of other servers on the same database; None for SQLite, which has one."""
        self._writes, self._quick, self._reads = writes, quick, reads
        self._on_closed = on_closed
        self._threads: list[tuple[JobQueue, WorkerThread, StorageWorker]] = []
        self._incidents = IncidentLog()
        self.last_write_fault: Fault | None = None

    def add_worker(self, jobs: JobQueue, name: str, worker: StorageWorker, most: int = 1) -> None:
        """Starts one more thread for these jobs, which takes up to `most` at once."""
        thread = WorkerThread(f"{self.dialect}-{name}", jobs, worker.serve, worker.close, most)
        self._threads.append((jobs, thread, worker))

    @property
    def writers_fault(self) -> Fault:
        """The reason why the writing threads are stuck, for a write that does not come back."""
        writers = [
            (thread, worker) for jobs, thread, worker in self._threads if jobs is self._writes
        ]
        if not all(thread.is_alive for thread, _ in writers):
            return Fault.WRITER_STOPPED
        stuck = Counter(worker.stuck_as for thread, worker in writers if thread.is_busy)
        return stuck.most_common(1)[0][0] if stuck else Fault.OVERLOADED

    async def read_snapshot(self, job: Callable[[ReadTransaction], T]) -> T:
        """Runs the job on a snapshot, one instant of the database. Raises its errors.

        For lists and whatever may take long.
        """
        return await self._submit_job(self._reads, job)

    async def read_few(self, job: Callable[[ReadTransaction], T]) -> T:
        """Does the same for a few rows by their keys: such reads never wait behind a long list."""
        return await self._submit_job(self._quick, job)

    async def read_one(self, job: Callable[[ReadTransaction], T]) -> T:
        """Runs a job of one statement by keys, which needs no transaction to be a snapshot.

        A second statement raises SecondStatement: it would read another instant.
        """
        return await self._submit_job(self._quick, job, single=True)

    async def read_one_or_few(self, job: Callable[[ReadTransaction], T]) -> T:
        """Runs a job of mostly one statement; one that runs a second runs again on a snapshot."""
        try:
            return await self.read_one(job)
        except SecondStatement:
            return await self.read_few(job)

    async def read_list(self, job: Callable[[ReadTransaction], T]) -> T:
        """Does the same for a statement that may take long."""
        return await self._submit_job(self._reads, job, single=True)

    async def write(
        self,
        job: Callable[[WriteTransaction], T],
        *,
        org_id: int | None = None,
        needs: Sequence[Needs] = (),
    ) -> T:
        """Runs the job in a transaction; returns its result after the commit. Raises its errors.

        With `org_id` the job locks that organization and no other: on PostgreSQL such jobs share
        transactions. What it `needs` is then read for all of them at once.
        """
        try:
            done = await self._writes.submit_job(job, org_id=org_id, needs=needs)
        except DatabaseUnavailable as refusal:
            self.last_write_fault = refusal.fault
            self._report_fault(refusal)
            raise
        self.last_write_fault = None
        return done

    def close(self, within_seconds: float | None = None) -> bool:
        """Finishes accepted jobs and ends the threads; returns whether all have ended.

        A thread that waits for a database that does not answer is abandoned after `within_seconds`:
        it ends with the process.
        """
        for jobs, _, _ in self._threads:
            jobs.close()
        deadline = None if within_seconds is None else monotonic_seconds() + within_seconds
        threads = [thread for _, thread, _ in self._threads]
        ended = [thread.join(_seconds_left(deadline)) for thread in threads]
        self._on_closed()
        return all(ended)

    async def _submit_job(
        self, jobs: JobQueue, job: Callable[..., T], *, single: bool = False
    ) -> T:
        try:
            return await jobs.submit_job(job, single=single)
        except DatabaseUnavailable as refusal:
            self._report_fault(refusal)
            raise

    def _report_fault(self, refusal: DatabaseUnavailable) -> None:
        """Logs a database that does not work: at once, and then once a minute."""
        fault = refusal.fault
        error = None if refusal.__cause__ is None else str(refusal.__cause__).partition("\n")[0]
        self._incidents.report_failure(
            "database unavailable", fault, reason=fault.value, detail=fault.detail, error=error
        )


def _seconds_left(deadline: float | None) -> float | None:
    return None if deadline is None else max(deadline - monotonic_seconds(), 0)
