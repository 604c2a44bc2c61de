"""PostgreSQL: a pool of threads, each with a connection of its own; each job its own transaction.

Organizations never wait for each other: what orders the writes of one is its counter row.
"""

from abc import ABC, abstractmethod
from typing import Any, Final, cast

import peewee as pw
import psycopg

from server.storage.ask import Ask, away
from server.storage.database import Database
from server.storage.database_url import postgres_parameters
from server.storage.jobs import Jobs
from server.storage.transaction import OneStatement, Reading, Writing

APPLICATION: Final = "deskwire"
"""What PostgreSQL calls our connections: so a restore finds that a server is at work."""
WRITERS: Final = 8
READERS: Final = 4
QUICK: Final = 4
_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_TRIES: Final = 3
# peewee opens the connections, and puts what goes wrong then into errors of its own.
_TROUBLES: Final = (psycopg.Error, pw.PeeweeException)
_PASSING: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    pw.OperationalError,
    pw.InterfaceError,
)


def open_postgres(url: str) -> Database:
    """The database behind a `postgresql://` URL."""
    writes, quick, reads = Jobs(spread=True), Jobs(spread=True), Jobs(spread=True)
    it = Database("postgresql", writes=writes, quick=quick, reads=reads)
    for n in range(WRITERS):
        it.staff(writes, f"writer-{n}", _Writer(url))
    for n in range(QUICK):
        it.staff(quick, f"quick-{n}", _Reader(url))
    for n in range(READERS):
        it.staff(reads, f"reader-{n}", _Reader(url))
    return it


def database(url: str) -> pw.PostgresqlDatabase:
    """The peewee database of a `postgresql://` URL."""
    parameters = postgres_parameters(url) | {"application_name": APPLICATION}
    return pw.PostgresqlDatabase(prefer_psycopg3=True, **parameters)


class _Worker(ABC):
    """A thread's connection, opened when it is first needed and again when it was lost."""

    def __init__(self, url: str) -> None:
        self._database = database(url)

    def serve(self, batch: list[Ask]) -> None:
        for waiting in batch:
            self._try(waiting)

    def close(self) -> None:
        self._database.close()

    @abstractmethod
    def _run(self, waiting: Ask, connection: Any) -> None:
        """Runs the job in a transaction of its own."""

    def _try(self, waiting: Ask) -> None:
        for _ in range(_TRIES):
            waiting.error = waiting.result = None
            try:
                self._run(waiting, self._connection())
            except _TROUBLES as error:
                self.close()
                waiting.error = error
            if not _is_passing(waiting.error):
                return
            # Whatever the connection is like by now, the next try has another.
            self.close()
        waiting.error = away(cast("Exception", waiting.error))

    def _connection(self) -> Any:
        return self._database.connection()  # type: ignore[no-untyped-call]


class _Reader(_Worker):
    def _run(self, waiting: Ask, connection: Any) -> None:
        if waiting.single:
            waiting.run(OneStatement(connection, "postgresql"))
            return
        reading = Reading(connection, "postgresql")
        connection.execute(_SNAPSHOT)
        waiting.run(reading)
        connection.execute("COMMIT" if waiting.error is None else "ROLLBACK")


class _Writer(_Worker):
    def _run(self, waiting: Ask, connection: Any) -> None:
        connection.execute("BEGIN")
        writing = Writing(connection, "postgresql")
        waiting.run(writing)
        if waiting.error is None:
            writing.flush()
            self._commit(waiting, connection)
        else:
            connection.execute("ROLLBACK")

    def _commit(self, waiting: Ask, connection: Any) -> None:
        """A connection lost right here leaves it open what happened: that is not tried again."""
        try:
            connection.execute("COMMIT")
        except psycopg.OperationalError as error:
            self.close()
            waiting.error = away(error)


def _is_passing(error: BaseException | None) -> bool:
    """Whether the same job may well succeed on another try: a lost race or connection."""
    return isinstance(error, _PASSING)
