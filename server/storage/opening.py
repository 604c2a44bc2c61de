"""Opening a database by its URL."""

import peewee as pw

from server.storage.database import Database
from server.storage.migrations import migrate, sqlite_path
from server.storage.postgres import open_postgres
from server.storage.sqlite import open_sqlite


class BadDatabase(Exception):
    """The URL names no database that Deskwire can open, or that database says no."""


def open_database(url: str) -> Database:
    """Brings the schema up to date and opens the database. Raises BadDatabase, SchemaTooNew."""
    try:
        return _open(url)
    except (pw.PeeweeException, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise BadDatabase(f"The database cannot be opened: {reason}.") from error


def _open(url: str) -> Database:
    if url.startswith("sqlite:///") and sqlite_path(url):
        migrate(url)
        return open_sqlite(sqlite_path(url))
    if url.startswith("postgresql://"):
        migrate(url)
        return open_postgres(url)
    raise BadDatabase(f"Not a database URL: {url} (use sqlite:///file.db or postgresql://...).")
