"""Migrates a database to this version's schema: one server at a time, never backwards."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import peewee as pw
from playhouse.migrations import Runner

from server.command_errors import CommandError
from server.private_files import open_private
from server.storage.engine import postgres_connector, sqlite
from server.storage.engine.database_url import is_postgres, parse_sqlite_path

VERSIONS_FOLDER = Path(__file__).parent / "versions"
HISTORY_TABLE: Final = "schema_migration"
"""The table of applied migrations: a database that has it is ours."""
MIGRATION_LOCK_ID = 4_821_017  # any number will do, as long as every server asks for the same


class SchemaTooNew(CommandError):
    """The database was written by a newer Deskwire."""


def migrate_database(url: str) -> list[str]:
    """Applies the missing migrations and returns their names. Raises SchemaTooNew, ValueError."""
    database = open_peewee(url)
    try:
        with _migration_lock(database):
            if isinstance(database, pw.SqliteDatabase):
                _check_owner(database)
            return apply_migrations(database)
    finally:
        database.close()


def has_schema(url: str) -> bool:
    """Returns whether a schema of any version is behind a normalized URL."""
    if not is_postgres(url) and not Path(parse_sqlite_path(url)).is_file():
        return False
    database = open_peewee(url)
    try:
        if isinstance(database, pw.SqliteDatabase):
            return HISTORY_TABLE in _list_tables(database)
        # Found by the search path, as every statement finds its tables.
        found: Any = database.execute_sql("SELECT to_regclass(%s)", (HISTORY_TABLE,))  # type: ignore[no-untyped-call]
        return bool(found.fetchone()[0])
    finally:
        database.close()


def _check_owner(database: pw.SqliteDatabase) -> None:
    """Raises ValueError for another program's file: a mistyped path must not change it."""
    tables = _list_tables(database)
    if tables and HISTORY_TABLE not in tables:
        raise ValueError("it is another program's; nothing was changed")


def _list_tables(database: pw.SqliteDatabase) -> list[str]:
    names: list[str] = database.get_tables()
    return names


def open_peewee(url: str) -> pw.Database:
    """Returns the peewee database of a normalized URL, as migrations need it."""
    if is_postgres(url):
        return postgres_connector.create_peewee_database(url)
    path = parse_sqlite_path(url)
    sqlite.make_private(path)
    return pw.SqliteDatabase(path, pragmas=sqlite.PRAGMAS)


def apply_migrations(database: pw.Database, only: Sequence[str] | None = None) -> list[str]:
    """Applies all missing migrations, or those given; returns their names. The caller locks.

    Raises SchemaTooNew.
    """
    runner: Any = Runner(database, str(VERSIONS_FOLDER))
    known = [migration.name for migration in runner.migrations()]
    unknown = sorted({*(only or ()), *runner.applied()} - {*known})
    if unknown:
        raise SchemaTooNew(
            f"The database has the schema of a newer Deskwire ({unknown[-1]}): update this one."
        )
    applied: list[str] = runner.up(None if only is None else max(only))
    return applied


def list_applied_migrations(database: pw.Database) -> list[str]:
    """Returns the names of the migrations that were applied to the database."""
    runner: Any = Runner(database, str(VERSIONS_FOLDER))
    return sorted(runner.applied())


@contextmanager
def _migration_lock(database: pw.Database) -> Iterator[None]:
    """Makes servers that start together migrate one after the other."""
    if isinstance(database, pw.PostgresqlDatabase):
        # One transaction for the lock and all that it guards: behind a pooler nothing else is
        # sure to be one connection.
        with database.atomic():
            database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK_ID,))  # type: ignore[no-untyped-call]
            yield
    else:
        with lock_sqlite_file(database.database):
            yield


@contextmanager
def lock_sqlite_file(path: str) -> Iterator[None]:
    """Keeps other processes from migrating or replacing an SQLite database inside the block."""
    with open_private(f"{path}-migrating") as lock:
        # The system releases the lock when the file is closed, however the process ends.
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
