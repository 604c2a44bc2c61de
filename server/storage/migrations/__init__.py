"""Bringing a database to this version's schema: one server at a time, never backwards."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peewee as pw
from playhouse.migrations import Runner

from server.storage import postgres, sqlite

VERSIONS = Path(__file__).parent / "versions"
_LOCK = 4_821_017  # any number will do, as long as every server asks for the same


class SchemaTooNew(Exception):
    """The database was written by a newer Deskwire."""


def migrate(url: str) -> list[str]:
    """Applies what is missing and answers the names. Raises SchemaTooNew."""
    database = open_peewee(url)
    try:
        with _one_at_a_time(database):
            return _up(Runner(database, str(VERSIONS)))
    finally:
        database.close()


def open_peewee(url: str) -> pw.Database:
    """The peewee database of a URL, as migrations need it."""
    if url.startswith("postgresql://"):
        return postgres.database(url)
    path = sqlite_path(url)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return pw.SqliteDatabase(path, pragmas=sqlite.PRAGMAS)


def sqlite_path(url: str) -> str:
    """`sqlite:///relative.db` or `sqlite:////absolute.db`."""
    return url.removeprefix("sqlite:///")


def _up(runner: Any) -> list[str]:
    unknown = [migration.name for migration in runner.status() if migration.path is None]
    if unknown:
        raise SchemaTooNew(
            f"The database has the schema of a newer Deskwire ({unknown[-1]}): update this one."
        )
    applied: list[str] = runner.up()
    return applied


@contextmanager
def _one_at_a_time(database: pw.Database) -> Iterator[None]:
    """Two servers that start together migrate one after the other."""
    if isinstance(database, pw.PostgresqlDatabase):
        database.execute_sql("SELECT pg_advisory_lock(%s)", (_LOCK,))  # type: ignore[no-untyped-call]
        try:
            yield
        finally:
            database.execute_sql("SELECT pg_advisory_unlock(%s)", (_LOCK,))  # type: ignore[no-untyped-call]
    else:
        with Path(f"{database.database}-migrating").open("w") as lock:
            # Released by the system when the file is closed, however the process ends.
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
