"""PostgreSQL: a pool of threads, each with a connection of its own; each job its own transaction.

Organizations never wait for each other: what orders the writes of one is its counter row.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import peewee as pw
import psycopg
from playhouse.db_url import parse

from server.storage.database import Ask, away
from server.storage.jobs import Jobs
from server.storage.lane import Lane, close_all
from server.storage.transaction import Reading, Writing

T = TypeVar("T")

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


class PostgresStore:
    """See `Database`."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self._writes, self._quick, self._reads = (Jobs(spread=True) for _ in range(3))
        self._lanes: list[tuple[Jobs, Lane]] = []
        for name, jobs, threads in (
            ("write", self._writes, WRITERS),
            ("quick", self._quick, QUICK),
            ("read", self._reads, READERS),
        ):
            for n in range(threads):
                worker = _Worker(url)
                serve = worker.write if jobs is self._writes else worker.read
                self._lanes.append((jobs, Lane(f"pg-{name}-{n}", jobs, serve, worker.close)))

    async def read(
        self, job: Callable[[Reading], T], *, single: bool = False, quick: bool = False
    ) -> T:
        jobs = self._quick if quick else self._reads
        return await jobs.ask(job, single=single)

    async def write(self, job: Callable[[Writing], T]) -> T:
        return await self._writes.ask(job)

    def close(self) -> None:
        close_all(self._lanes)


def database(url: str) -> pw.PostgresqlDatabase:
    """The peewee database of a `postgresql://` URL."""
    return pw.PostgresqlDatabase(prefer_psycopg3=True, **parse(url))


class _Worker:
    """A thread's connection, opened when it is first needed and again when it was lost."""

    def __init__(self, url: str) -> None:
        self._database = database(url)

    def read(self, batch: list[Ask]) -> None:
        for waiting in batch:
            self._try(waiting, self._read)

    def write(self, batch: list[Ask]) -> None:
        for waiting in batch:
            self._try(waiting, self._write)

    def close(self) -> None:
        self._database.close()

    def _try(self, waiting: Ask, run: Callable[[Ask, Any], None]) -> None:
        for _ in range(_TRIES):
            waiting.error = waiting.result = None
            try:
                run(waiting, self._connection())
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

    def _read(self, waiting: Ask, connection: Any) -> None:
        reading = Reading(connection, "postgresql")
        if waiting.single:
            waiting.run(reading)
            return
        connection.execute(_SNAPSHOT)
        waiting.run(reading)
        connection.execute("COMMIT" if waiting.error is None else "ROLLBACK")

    def _write(self, waiting: Ask, connection: Any) -> None:
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
