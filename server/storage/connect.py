"""Opening a database by its URL."""

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
from server.storage.engine.postgres import PostgresSettings, open_postgres
from server.storage.engine.sqlite import open_sqlite
from server.storage.migrations import has_schema, migrate_database


class BadDatabase(CommandError):
    """No database can be opened by this URL; the sentence says why, without a password."""


def open_database(url: str, postgres: PostgresSettings | None = None) -> Database:
    """Brings the schema up to date and opens the database. Raises BadDatabase, SchemaTooNew."""
    with translate_database_errors(url):
        url = normalize_url(url)
        migrate_database(url)
        if is_postgres(url):
            return open_postgres(url, postgres)
        return open_sqlite(parse_sqlite_path(url))
    raise AssertionError  # pragma: no cover - the block returns or raises


def open_existing_database(url: str) -> Database:
    """As `open_database`, and makes no new one: a mistyped path is no empty desk."""
    with translate_database_errors(url):
        if not has_schema(normalize_url(url)):
            raise BadDatabase("There is no desk in this database: see --database.")
    return open_database(url)


@contextmanager
def translate_database_errors(url: str, done: str = "opened") -> Iterator[None]:
    """Makes one sentence of what goes wrong with a database inside the block. Raises BadDatabase.

    The libraries' own errors are not kept as its cause: a traceback of them may show the URL.
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
