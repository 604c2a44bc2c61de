"""SQLite: one writer with group commit, several readers, each with a connection of its own."""

import sqlite3
from pathlib import Path
from typing import Final

import peewee as pw

from server.private_files import open_private, restrict_to_owner
from server.storage.engine.committed_cache import CommittedCache
from server.storage.engine.database import Database
from server.storage.engine.database_errors import Fault, convert_driver_error, find_fault
from server.storage.engine.job import QueuedJob, run_together
from server.storage.engine.job_queue import JobQueue
from server.storage.engine.transaction import ReadTransaction, SingleStatementRead, WriteTransaction

READER_COUNT: Final = 3
"""Threads for lists and searches; reads by key have a thread of their own."""
FILE_SUFFIXES: Final = ("", "-wal", "-shm", "-journal", "-migrating", "-serving")
"""The endings of the names of a database's files."""
MAX_BATCH_WRITES: Final = 256
"""The most writes in one commit."""
MAX_BATCH_READS: Final = 16
"""The most quick reads in one batch."""
PRAGMAS: Final = {
    "journal_mode": "wal",
    "synchronous": "full",
    "busy_timeout": 10_000,
    "foreign_keys": 0,
    "secure_delete": 1,
    "cache_size": -65_536,
    "mmap_size": 268_435_456,
    "temp_store": "memory",
    "wal_autocheckpoint": 4000,
}


def open_sqlite(path: str) -> Database:
    """Opens the database in a file. A write returns once it is on the disk (`synchronous=FULL`)."""
    writes, quick, reads = JobQueue(), JobQueue(), JobQueue(spread=True)
    database = Database("sqlite", writes=writes, quick=quick, reads=reads)
    database.path = path
    database.add_worker(writes, "writer", _SqliteWriter(path), MAX_BATCH_WRITES)
    database.add_worker(quick, "quick", _SqliteReader(path), MAX_BATCH_READS)
    for n in range(READER_COUNT):
        database.add_worker(reads, f"reader-{n}", _SqliteReader(path))
    return database


def make_private(path: str) -> None:
    """Creates the database's file if it is missing, readable by its owner alone.

    SQLite gives the files beside it (`-wal`, `-shm`) the permissions of the database.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if not Path(path).exists():
        open_private(path).close()
    for beside in FILE_SUFFIXES:
        # By name: closing the file would end the locks that SQLite has on it in this process.
        restrict_to_owner(path + beside)


def connect_sqlite(path: str) -> sqlite3.Connection:
    """Returns a connection in autocommit mode: the workers send BEGIN and COMMIT."""
    make_private(path)
    database = pw.SqliteDatabase(
        path, pragmas=PRAGMAS, check_same_thread=False, cached_statements=512
    )
    connection: sqlite3.Connection = database.connection()  # type: ignore[no-untyped-call]
    return connection


class _SqliteReader:
    stuck_as = Fault.OVERLOADED

    def __init__(self, path: str) -> None:
        self._connection = connect_sqlite(path)

    def close(self) -> None:
        self._connection.close()

    def serve(self, batch: list[QueuedJob]) -> None:
        reading = ReadTransaction(self._connection, "sqlite")
        for queued in batch:
            if queued.single:
                queued.run(SingleStatementRead(self._connection, "sqlite"))
            else:
                self._run_on_snapshot(queued, reading)
        _classify_errors(batch)

    def _run_on_snapshot(self, queued: QueuedJob, reading: ReadTransaction) -> None:
        try:
            self._connection.execute("BEGIN")
            queued.run(reading)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            queued.error = convert_driver_error(error)
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


class _SqliteWriter:
    def __init__(self, path: str) -> None:
        self._connection = connect_sqlite(path)
        self._cache = CommittedCache()
        self.stuck_as = Fault.OVERLOADED

    def close(self) -> None:
        self._connection.close()

    def serve(self, batch: list[QueuedJob]) -> None:
        """Commits the whole batch at once; if that fails, each job by itself."""
        try:
            if not self._commit_together(batch):
                for queued in batch:
                    queued.error = queued.result = None
                    self._commit_alone(queued)
        except sqlite3.Error as error:
            # No transaction could begin: the jobs share one wait for the lock.
            for queued in batch:
                queued.error = convert_driver_error(error)
        _classify_errors(batch)

    def _commit_together(self, batch: list[QueuedJob]) -> bool:
        """Returns False where a job failed. Raises sqlite3.Error where nothing could begin."""
        self._begin()
        try:
            writing = self._open_transaction()
            # A full disk makes SQLite roll back by itself: later statements would be committed.
            is_whole = run_together(batch, writing, lambda: self._connection.in_transaction)
            return is_whole and self._commit(writing)
        except Exception:  # noqa: BLE001 - each job then runs alone and meets its own error again
            return False
        finally:
            self._roll_back()

    def _commit_alone(self, queued: QueuedJob) -> None:
        try:
            self._begin()
            writing = self._open_transaction()
            queued.run_and_flush(writing)
            if queued.error is None:
                self._commit(writing)
        except sqlite3.Error as error:
            queued.error = convert_driver_error(error)
        finally:
            self._roll_back()

    def _begin(self) -> None:
        self.stuck_as = Fault.LOCKED
        self._connection.execute("BEGIN IMMEDIATE")
        self.stuck_as = Fault.OVERLOADED

    def _open_transaction(self) -> WriteTransaction:
        return WriteTransaction(self._connection, "sqlite", self._cache)

    def _commit(self, writing: WriteTransaction) -> bool:
        self._connection.execute("COMMIT")
        writing.finish_commit()
        return True

    def _roll_back(self) -> None:
        """Ends a transaction that was not committed; the next BEGIN would fail inside it."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _classify_errors(batch: list[QueuedJob]) -> None:
    """Replaces errors that mean the database does not work by DatabaseUnavailable."""
    for queued in batch:
        if isinstance(queued.error, sqlite3.Error) and find_fault(queued.error) is not None:
            queued.error = convert_driver_error(queued.error)
