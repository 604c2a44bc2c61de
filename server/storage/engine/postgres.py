"""PostgreSQL: threads that share a pool of connections; writes of one organization go together.

Organizations never wait for each other: only the writes of one are ordered, by its counter row.

Every wait for PostgreSQL is bounded. Connecting, a statement, a lock, an idle transaction and the
TCP connection have timeouts on its side. Each statement has one on ours, too, because a frozen
server ends nothing by itself.
"""

from abc import ABC, abstractmethod
from typing import Any, Final

import peewee as pw
import psycopg
from msgspec import Struct
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

from server.storage.engine.committed_cache import CommittedCache
from server.storage.engine.connection_pool import ConnectionPool, ConnectionUse
from server.storage.engine.database import Database
from server.storage.engine.database_errors import (
    DatabaseUnavailable,
    Fault,
    convert_driver_error,
    find_fault,
)
from server.storage.engine.database_url import parse_postgres_parameters
from server.storage.engine.job import QueuedJob, run_together
from server.storage.engine.job_queue import JobQueue
from server.storage.engine.organization_queue import OrganizationQueue
from server.storage.engine.transaction import ReadTransaction, SingleStatementRead, WriteTransaction

APPLICATION_NAME: Final = "deskwire"
"""The name of our connections in PostgreSQL, by which a restore finds a running server."""
MAX_CONNECTIONS: Final = 16
"""The most connections of a server, unless its operator sets another number."""
_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_MAX_TRIES: Final = 3
_NETWORK: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""libpq's parameters in seconds, the last in milliseconds; the database URL may override them."""
_PREPARED_AFTER: Final = 5
"""Runs of a statement before psycopg prepares it on its connection."""
_TRANSIENT_FAULTS: Final = frozenset({Fault.UNREACHABLE, Fault.READ_ONLY})
"""Faults that another connection may not have: the server restarted or failed over."""
_LOST_RACE: Final = "40"
"""The class of SQLSTATEs of deadlocks and failed serializations: a retry may succeed."""


class PostgresSettings(Struct, frozen=True, kw_only=True):
    """The limits of PostgreSQL's use. `statement_seconds` 0: a statement may take any time."""

    connections: int = MAX_CONNECTIONS
    pooler: str = "auto"
    """The setting for poolers such as PgBouncer: `auto`, `yes` or `no`."""
    statement_seconds: float = 0
    lock_seconds: float = 10
    idle_seconds: float = 60
    """The longest idle time of an open transaction, as when this process is suspended."""
    connection_wait_seconds: float = 10

    def limit_statements(self, scope: str) -> str:
        """Returns the timeouts as a script; `scope` is SESSION or LOCAL to the transaction."""
        values = {
            "statement_timeout": self.statement_seconds,
            "lock_timeout": self.lock_seconds,
            "idle_in_transaction_session_timeout": self.idle_seconds,
        }
        # PostgreSQL reads a number without a unit as milliseconds.
        return "; ".join(f"SET {scope} {it} = {s * 1000:.0f}" for it, s in values.items())


def open_postgres(url: str, settings: PostgresSettings | None = None) -> Database:
    """Opens the database behind a `postgresql://` URL. Connections are opened when needed."""
    settings = settings or PostgresSettings()
    writes, quick, reads = OrganizationQueue(), JobQueue(spread=True), JobQueue(spread=True)
    connector = _Connector(url, settings)
    pool = ConnectionPool(connector.connect, settings.connections, settings.connection_wait_seconds)
    database = Database("postgresql", writes=writes, quick=quick, reads=reads, on_closed=pool.close)
    many = settings.connections
    cache = CommittedCache()
    for n in range(max(many // 2, 1)):
        writer = _PostgresWriter(pool, ConnectionUse.WRITE, connector, cache)
        database.add_worker(writes, f"writer-{n}", writer)
    for n in range(max(many // 4, 1)):
        database.add_worker(
            quick, f"quick-{n}", _PostgresReader(pool, ConnectionUse.QUICK, connector)
        )
        database.add_worker(
            reads, f"reader-{n}", _PostgresReader(pool, ConnectionUse.READ, connector)
        )
    return database


def create_peewee_database(url: str) -> pw.PostgresqlDatabase:
    """Returns the peewee database of a `postgresql://` URL, as migrations need it."""
    ours = {**_NETWORK, "prepare_threshold": None, "application_name": APPLICATION_NAME}
    return pw.PostgresqlDatabase(prefer_psycopg3=True, **(ours | parse_postgres_parameters(url)))


class _Connection(psycopg.Connection[Any]):
    """A connection that gives up on a statement when the server is silent for too long."""

    patience: float | None = None

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        return super().wait(gen, interval, self.patience if timeout is None else timeout)


class _Connector:
    """Opens connections, and finds out whether a pooler is in between."""

    def __init__(self, url: str, settings: PostgresSettings) -> None:
        self._peewee = create_peewee_database(url)
        self._settings = settings
        self.is_pooled = settings.pooler == "yes"

    def connect(self) -> Any:
        """Returns a connection in autocommit mode: the workers send BEGIN and COMMIT."""
        known: dict[str, Any] = {"dbname": self._peewee.database, **self._peewee.connect_params}
        connection = _Connection.connect(autocommit=True, **known)
        try:
            return self._set_up(connection)
        except BaseException:
            connection.close()
            raise

    def _set_up(self, connection: _Connection) -> _Connection:
        it = self._settings
        connection.patience = _NETWORK["connect_timeout"]
        if it.pooler == "auto":
            self.is_pooled = self._is_behind_pooler(connection)
        connection.prepare_threshold = None if self.is_pooled else _PREPARED_AFTER
        if not self.is_pooled:
            connection.execute(it.limit_statements("SESSION").encode())
        # PostgreSQL ends a slow statement itself where it can: its own error says more.
        connection.patience = it.statement_seconds + 5 if it.statement_seconds else None
        return connection

    def begin_statement(self, mode: str) -> str:
        """Returns the statement that begins a transaction.

        A pooler gives each transaction another connection to PostgreSQL, so the timeouts are set in
        each of them.
        """
        if not self.is_pooled:
            return mode
        return f"{mode}; {self._settings.limit_statements('LOCAL')}"

    @staticmethod
    def _is_behind_pooler(connection: _Connection) -> bool:
        """Returns whether a pooler is there: it gives clients a process id of its own."""
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        return row is None or row[0] != connection.info.backend_pid


class _PostgresWorker(ABC):
    """Runs each job on a connection from the pool."""

    def __init__(self, pool: ConnectionPool, use: ConnectionUse, connector: _Connector) -> None:
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
    def _run_job(self, queued: QueuedJob, connection: Any) -> None:
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

    def _run_or_close(self, queued: QueuedJob, connection: Any) -> None:
        try:
            self._run_job(queued, connection)
        except Exception as error:  # noqa: BLE001 - the pool must not get an open transaction back
            queued.error = error
            connection.close()
        if isinstance(queued.error, psycopg.Error) and find_fault(queued.error) is not None:
            # The state of the connection is unknown: the next try gets another one.
            connection.close()


class _PostgresReader(_PostgresWorker):
    def _run_job(self, queued: QueuedJob, connection: Any) -> None:
        if queued.single:
            queued.run(SingleStatementRead(connection, "postgresql"))
            return
        reading = ReadTransaction(connection, "postgresql")
        connection.execute(self._connector.begin_statement(_SNAPSHOT))
        queued.run(reading)
        connection.execute("COMMIT" if queued.error is None else "ROLLBACK")


class _PostgresWriter(_PostgresWorker):
    """Commits the jobs of one organization at once; if that fails, each job by itself."""

    def __init__(
        self,
        pool: ConnectionPool,
        use: ConnectionUse,
        connector: _Connector,
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

    def _try_together(self, batch: list[QueuedJob], connection: Any) -> bool:
        try:
            writing = self._begin(connection)
            if not run_together(batch, writing, lambda: _is_usable(connection)):
                connection.execute("ROLLBACK")
                return False
        except Exception:  # noqa: BLE001 - the pool must not get an open transaction back
            connection.close()
            return False
        if error := self._commit(connection, writing):
            for queued in batch:
                queued.error = queued.error or error
        return True

    def _run_job(self, queued: QueuedJob, connection: Any) -> None:
        writing = self._begin(connection)
        queued.run_and_flush(writing)
        if queued.error is None:
            queued.error = self._commit(connection, writing)
        else:
            connection.execute("ROLLBACK")

    def _begin(self, connection: Any) -> WriteTransaction:
        connection.execute(self._connector.begin_statement("BEGIN"))
        return WriteTransaction(connection, "postgresql", self._cache)

    def _commit(self, connection: Any, writing: WriteTransaction) -> Exception | None:
        """Commits, or returns the error for the callers.

        If the connection is lost here the outcome is unknown, so there is no retry.
        """
        try:
            connection.execute("COMMIT")
        except psycopg.OperationalError as error:
            connection.close()
            return convert_driver_error(error)
        writing.finish_commit()
        return None


def _is_usable(connection: Any) -> bool:
    """Returns whether the transaction is open, and no statement of it has failed."""
    return bool(connection.info.transaction_status == TransactionStatus.INTRANS)
