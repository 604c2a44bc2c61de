"""The threads of PostgreSQL: each runs jobs on connections that they share."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Final

import psycopg
from psycopg.errors import InFailedSqlTransaction, PipelineAborted

from server.storage.engine.committed_cache import CommittedCache
from server.storage.engine.connection_pool import ConnectionPool, ConnectionUse
from server.storage.engine.database_errors import (
    DatabaseUnavailable,
    Fault,
    convert_driver_error,
    find_fault,
)
from server.storage.engine.job import QueuedJob, run_together
from server.storage.engine.postgres_connection import PostgresConnection
from server.storage.engine.postgres_connector import PostgresConnector
from server.storage.engine.postgres_pipeline import StatementPipeline
from server.storage.engine.transaction import ReadTransaction, SingleStatementRead, WriteTransaction

_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_MAX_TRIES: Final = 3
_TRANSIENT_FAULTS: Final = frozenset({Fault.UNREACHABLE, Fault.READ_ONLY})
"""Faults that another connection may not have: the server restarted or failed over."""
_LOST_RACE: Final = "40"
"""The class of SQLSTATEs of deadlocks and failed serializations: a retry may succeed."""


class PostgresWorker(ABC):
    """Runs each job on a connection from the pool."""

    def __init__(
        self, pool: ConnectionPool, use: ConnectionUse, connector: PostgresConnector
    ) -> None:
        self._pool = pool
        self._use = use
        self._connector = connector
        self._has_connection = False

    @property
    def stuck_as(self) -> Fault:
        """The fault of a job that hangs: a frozen server accepts connections, but is silent."""
        is_silent = self._has_connection or self._pool.is_connecting
        return Fault.SILENT if is_silent else Fault.NO_CONNECTION

    def serve(self, batch: list[QueuedJob]) -> None:
        for queued in batch:
            self._run_with_retries(queued)

    def close(self) -> None:  # noqa: B027 - the connections are the pool's
        """Leaves the connections to the pool."""

    @abstractmethod
    def _run_job(self, queued: QueuedJob, connection: PostgresConnection) -> None:
        """Runs the job in a transaction of its own."""

    def _run_with_retries(self, queued: QueuedJob) -> None:
        for _ in range(_MAX_TRIES):
            queued.error = queued.result = None
            if not self._try_once(queued):
                break
        if isinstance(queued.error, psycopg.Error) and find_fault(queued.error) is not None:
            queued.error = convert_driver_error(queued.error)

    def _try_once(self, queued: QueuedJob) -> bool:
        """Tries once; returns whether it failed and a retry on another connection may succeed."""
        try:
            with self._pool.lend_connection(self._use) as connection:
                self._has_connection = True
                self._run_or_close(queued, connection)
        except DatabaseUnavailable as refusal:
            queued.error = refusal
            return refusal.fault in _TRANSIENT_FAULTS
        finally:
            self._has_connection = False
        if not isinstance(queued.error, psycopg.Error):
            return False
        fault = find_fault(queued.error)
        if fault is Fault.READ_ONLY:
            self._pool.expire_connections()
        return fault in _TRANSIENT_FAULTS or (queued.error.sqlstate or "").startswith(_LOST_RACE)

    def _run_or_close(self, queued: QueuedJob, connection: PostgresConnection) -> None:
        try:
            self._run_job(queued, connection)
        except Exception as error:  # noqa: BLE001 - the pool must not get an open transaction back
            queued.error = queued.error or error
            connection.close()
        if isinstance(queued.error, psycopg.Error) and find_fault(queued.error) is not None:
            # The state of the connection is unknown: the next try gets another one.
            connection.close()


class PostgresReader(PostgresWorker):
    def _run_job(self, queued: QueuedJob, connection: PostgresConnection) -> None:
        if queued.single:
            queued.run(SingleStatementRead(connection, "postgresql"))
            return
        with StatementPipeline(connection) as pipeline:
            self._connector.begin_transaction(pipeline, _SNAPSHOT)
            queued.run(ReadTransaction(pipeline, "postgresql"))
            pipeline.execute("COMMIT" if queued.error is None else "ROLLBACK")


class PostgresWriter(PostgresWorker):
    """Commits the jobs of one organization at once; if that fails, each job by itself."""

    def __init__(
        self,
        pool: ConnectionPool,
        use: ConnectionUse,
        connector: PostgresConnector,
        cache: CommittedCache,
    ) -> None:
        super().__init__(pool, use, connector)
        self._cache = cache

    def serve(self, batch: list[QueuedJob]) -> None:
        if len(batch) > 1 and self._commit_together(batch):
            return
        for queued in batch:
            self._run_with_retries(queued)

    def _commit_together(self, batch: list[QueuedJob]) -> bool:
        """Returns False where nothing was committed: each job then meets its own error again."""
        try:
            with self._pool.lend_connection(self._use) as connection:
                self._has_connection = True
                return self._try_together(batch, connection)
        except DatabaseUnavailable:
            return False
        finally:
            self._has_connection = False

    def _try_together(self, batch: list[QueuedJob], connection: PostgresConnection) -> bool:
        try:
            return self._commit_after(connection, partial(run_together, batch))
        except DatabaseUnavailable as unknown:
            for queued in batch:
                queued.error = queued.error or unknown
            return True
        except Exception:  # noqa: BLE001 - the pool must not get an open transaction back
            connection.close()
            return False

    def _run_job(self, queued: QueuedJob, connection: PostgresConnection) -> None:
        try:
            if not self._commit_after(connection, queued.run_and_flush) and queued.error is None:
                queued.error = InFailedSqlTransaction("the job went on after a statement failed")
        except DatabaseUnavailable as unknown:
            queued.error = unknown

    def _commit_after(
        self, connection: PostgresConnection, run: Callable[[WriteTransaction], bool]
    ) -> bool:
        """Commits if `run` returns True; returns whether that is done.

        All of it is one pipeline: only reads are waited for, and the writes and the COMMIT go to
        PostgreSQL together. After a statement that failed it skips the rest, and so the COMMIT.
        Raises DatabaseUnavailable where the outcome of the COMMIT is unknown: no retry then.
        """
        is_committing = False
        try:
            with StatementPipeline(connection) as pipeline:
                self._connector.begin_transaction(pipeline, "BEGIN")
                writing = WriteTransaction(pipeline, "postgresql", self._cache)
                is_committing = run(writing)
                end = pipeline.execute("COMMIT" if is_committing else "ROLLBACK")
        except psycopg.Error as error:
            if is_committing and not _is_refused(error, connection):
                connection.close()
                raise convert_driver_error(error) from error
            raise
        # PostgreSQL answers the COMMIT of a transaction in which a statement failed with ROLLBACK.
        is_committed = is_committing and end.is_commit
        if is_committed:
            writing.finish_commit()
        return is_committed


def _is_refused(error: psycopg.Error, connection: PostgresConnection) -> bool:
    """Returns whether PostgreSQL itself said that a statement failed: nothing is committed then."""
    is_answer = bool(error.sqlstate) or isinstance(error, PipelineAborted)
    return is_answer and not connection.closed
