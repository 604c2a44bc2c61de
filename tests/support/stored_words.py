"""Everything that a database and its files hold, to look for words in it."""

import sqlite3
from pathlib import Path
from typing import Any

from server.storage.engine.database import Database
from server.storage.engine.database_url import is_postgres, parse_sqlite_path
from server.storage.engine.sqlite import FILE_SUFFIXES
from server.storage.engine.transaction import ReadTransaction

_INDEXES = ("ticket_search", "people_search")
_SAMPLES = "pg_stats WHERE schemaname = current_schema()"


def read_database_files(url: str) -> bytes:
    """Returns the bytes of an SQLite database with the files beside it."""
    files = [Path(f"{parse_sqlite_path(url)}{beside}") for beside in FILE_SUFFIXES]
    return b"".join(file.read_bytes() for file in files if file.exists())


async def read_postgres_rows(database: Database) -> str:
    """Returns every row of every table of PostgreSQL, and what it has noted of their values."""

    def job(reading: ReadTransaction) -> str:
        connection: Any = reading._connection
        found = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        ).fetchall()
        names = [*(f'"{name}"' for (name,) in found), _SAMPLES]
        return "\n".join(str(connection.execute(f"SELECT * FROM {it}").fetchall()) for it in names)  # noqa: S608 - names of its own

    return await database.read_snapshot(job)


async def is_stored(url: str, database: Database, word: str) -> bool:
    """Returns whether a word stands anywhere in the database, in any case of its letters."""
    if is_postgres(url):
        return word in (await read_postgres_rows(database)).lower()
    return word.encode() in read_database_files(url).lower()


def list_places(connection: sqlite3.Connection, word: str) -> list[str]:
    """Returns the columns of an SQLite database whose values have a word, and indexes that find it.

    What an index holds of removed words until it is merged is none of its rows.
    """
    places = [it for it in _INDEXES if _is_found(connection, it, word)]
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_search%'"
    for (table,) in connection.execute(names).fetchall():
        found = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name of its own
        columns = [it[0] for it in found.description]
        places += [
            f"{table}.{column}"
            for row in found.fetchall()
            for column, value in zip(columns, row, strict=True)
            if word.encode() in _to_bytes(value).lower()
        ]
    return sorted(set(places))


def _is_found(connection: sqlite3.Connection, index: str, word: str) -> bool:
    query = f"SELECT count(*) FROM {index} WHERE {index} MATCH ?"  # noqa: S608 - a name of its own
    return bool(connection.execute(query, (f'"{word}" *',)).fetchone()[0])


def _to_bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
