"""Opens a database by its URL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import peewee as pw
import psycopg

from server.command_errors import CommandError
from server.storage.engine.database import Database
from server.storage.engine.database_url import (
    BadDatabaseUrl,
    hide_password,
    is_postgres,
    normalize_url,
    parse_sqlite_path,
)
from server.storage.engine.postgres import open_postgres
from server.storage.engine.postgres_connector import PostgresSettings
from server.storage.engine.sqlite import open_sqlite
from server.storage.migrations import has_schema, migrate_database


class BadDatabase(CommandError):
    """No database can be opened by this URL; the message says why, without a password."""


def open_database(url: str, postgres: PostgresSettings | None = None) -> Database:
    """Migrates the schema and opens the database. Raises BadDatabase, SchemaTooNew."""
    with translate_database_errors(url):
        url = normalize_url(url)
        migrate_database(url)
        if is_postgres(url):
            return open_postgres(url, postgres)
        return open_sqlite(parse_sqlite_path(url))
    raise AssertionError  # pragma: no cover - the block returns or raises


def open_existing_database(url: str) -> Database:
    """Does the same, but never creates a database: a mistyped path is an error."""
    with translate_database_errors(url):
        if not has_schema(normalize_url(url)):
            raise BadDatabase("There is no desk in this database: see --database.")
    return open_database(url)


@contextmanager
def translate_database_errors(url: str, done: str = "opened") -> Iterator[None]:
    """Turns the libraries' errors inside the block into BadDatabase with one readable sentence.

    The original error is not kept as its cause: its traceback may show the URL with the password.
    """
    try:
        yield
    except BadDatabaseUrl as error:
        raise BadDatabase(str(error)) from None
    except (pw.PeeweeException, psycopg.Error, sqlite3.Error, OSError, ValueError) as error:
        reason = hide_password(_first_line(error), url)
        raise BadDatabase(f"The database cannot be {done}: {reason}.") from None


def _first_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})" if error.filename else error.strerror
    return str(error).partition("\n")[0].rstrip(".")
