"""Connections to PostgreSQL, and their limits.

Every wait for PostgreSQL is bounded. Connecting, a statement, a lock, an idle transaction and the
TCP connection have timeouts on its side. Each statement has one on ours, too, because a frozen
server ends nothing by itself.
"""

from typing import Any, Final

import peewee as pw
import psycopg
from msgspec import Struct

from server.storage.engine.commit_channel import AsyncConnection
from server.storage.engine.database_url import parse_postgres_parameters
from server.storage.engine.postgres_connection import PostgresConnection
from server.storage.engine.postgres_pipeline import StatementPipeline
from server.storage.engine.prepared_statements import PreparedStatements

APPLICATION_NAME: Final = "deskwire"
"""The name of our connections in PostgreSQL, by which a restore finds a running server."""
MAX_CONNECTIONS: Final = 16
"""The most connections of a server, unless its operator sets another number."""
_NETWORK: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""libpq's parameters in seconds, the last in milliseconds; the database URL may override them."""
_PREPARED_AFTER: Final = 1
"""Runs of a statement before psycopg prepares it on its connection: most are constants."""
_MOST_PREPARED: Final = 500
"""The most prepared statements of a connection; inserts have one for each number of rows."""
_BACKEND_PID: Final = b"SELECT pg_backend_pid()"


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

    def limit_statements(self, scope: str) -> list[bytes]:
        """Returns what sets the timeouts; `scope` is SESSION or LOCAL to the transaction."""
        values = {
            "statement_timeout": self.statement_seconds,
            "lock_timeout": self.lock_seconds,
            "idle_in_transaction_session_timeout": self.idle_seconds,
        }
        # PostgreSQL reads a number without a unit as milliseconds.
        return [f"SET {scope} {it} = {s * 1000:.0f}".encode() for it, s in values.items()]


def create_peewee_database(url: str) -> pw.PostgresqlDatabase:
    """Returns the peewee database of a `postgresql://` URL, as migrations need it."""
    ours = {**_NETWORK, "prepare_threshold": None, "application_name": APPLICATION_NAME}
    return pw.PostgresqlDatabase(prefer_psycopg3=True, **(ours | parse_postgres_parameters(url)))


class PostgresConnector:
    """Opens connections, and finds out whether a pooler is in between."""

    def __init__(self, url: str, settings: PostgresSettings) -> None:
        database = create_peewee_database(url)
        self._parameters: dict[str, Any] = {"dbname": database.database, **database.connect_params}
        self._settings = settings
        self.is_pooled = settings.pooler == "yes"

    def connect(self) -> Any:
        """Returns a connection in autocommit mode: the workers send BEGIN and COMMIT."""
        connection = PostgresConnection.connect(autocommit=True, **self._parameters)
        try:
            return self._set_up(connection)
        except BaseException:
            connection.close()
            raise

    def _set_up(self, connection: PostgresConnection) -> PostgresConnection:
        it = self._settings
        connection.patience = _NETWORK["connect_timeout"]
        if it.pooler == "auto":
            self.is_pooled = self._is_behind_pooler(connection)
        connection.prepare_threshold = None if self.is_pooled else _PREPARED_AFTER
        connection.prepared_max = _MOST_PREPARED
        connection.prepared = None if self.is_pooled else PreparedStatements(_MOST_PREPARED)
        if not self.is_pooled:
            connection.execute(b"; ".join(it.limit_statements("SESSION")))
        # PostgreSQL ends a slow statement itself where it can: its own error says more.
        connection.patience = it.statement_seconds + 5 if it.statement_seconds else None
        return connection

    async def connect_listener(self) -> AsyncConnection | None:
        """Returns a connection for the event loop, or None where a pooler is in between."""
        if self._settings.pooler == "yes":
            return None
        connection = await psycopg.AsyncConnection.connect(autocommit=True, **self._parameters)
        row = await (await connection.execute(_BACKEND_PID)).fetchone()
        if self._settings.pooler == "no" or row == (connection.info.backend_pid,):
            return connection
        await connection.close()
        return None

    def begin_transaction(self, pipeline: StatementPipeline, mode: str) -> None:
        """Begins a transaction.

        A pooler gives each transaction another connection to PostgreSQL, so the timeouts are set in
        each of them.
        """
        pipeline.execute(mode)
        if self.is_pooled:
            for statement in self._settings.limit_statements("LOCAL"):
                pipeline.execute(statement.decode())

    @staticmethod
    def _is_behind_pooler(connection: PostgresConnection) -> bool:
        """Returns whether a pooler is there: it gives clients a process id of its own."""
        row = connection.execute(_BACKEND_PID).fetchone()
        return row is None or row[0] != connection.info.backend_pid
