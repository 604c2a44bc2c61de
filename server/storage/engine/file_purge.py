"""Purges a database's files: deleted and overwritten words do not stay in them.

SQLite leaves old words in three places that no query shows: in the full-text index, where a deleted
document is only marked as such until its segments are merged; in the write-ahead log until it is
truncated; and in pages from which a row moved to another, which `secure_delete` does not wipe.
Merging, truncating and VACUUM remove them. PostgreSQL keeps samples of values for its planner, and
dead rows until it vacuums: see docs/operations.md.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Final

from server.storage.engine import postgres_connector
from server.storage.engine.sqlite import PRAGMAS
from server.storage.engine.statement import Sql
from server.storage.engine.transaction import WriteTransaction

INDEXES: Final = ("ticket_search", "people_search")
SMALL_BYTES: Final = 64 * 1024 * 1024
"""The size in bytes up to which a running server rewrites the file: less than a second's work."""
_PAGES: Final = 200
"""Pages of the index that one transaction merges."""
_LEAST: Final = 2
"""A merge that changed fewer rows found nothing to do (SQLite's documentation of FTS5)."""
_BUSY_MS: Final = 2_000
_CHANGES: Final = Sql(sqlite="SELECT total_changes()", postgresql="", places="")
_MERGE: Final = {
    index: Sql(
        sqlite=f"INSERT INTO {index} ({index}, rank) VALUES ('merge', ?)",
        postgresql="",
        places="pages",
    )
    for index in INDEXES
}

_SAMPLED: Final = ("tickets", "ticket_tags", "users", "ticket_search", "people_search")
_ANALYZE: Final = [Sql(sqlite="", postgresql=f"ANALYZE {it}", places="") for it in _SAMPLED]


def merge_index_pages(writing: WriteTransaction, index: str, *, begin: bool) -> bool:
    """Merges some pages of an SQLite full-text index; returns whether there are more.

    `begin` puts every present segment into one merge, which leaves no deleted word.
    """
    before = writing.fetch_value(_CHANGES)
    writing.write(_MERGE[index], pages=-_PAGES if begin else _PAGES)
    return bool(begin or writing.fetch_value(_CHANGES) - before >= _LEAST)


def renew_statistics(writing: WriteTransaction) -> None:
    """Has PostgreSQL sample the text columns again: old samples hold words that are gone."""
    for statement in _ANALYZE:
        writing.write(statement)


def truncate_sqlite(path: str) -> bool:
    """Rewrites a small database and truncates its log; returns False while somebody is reading."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        connection.execute(f"PRAGMA synchronous = {PRAGMAS['synchronous']}")
        try:
            if _database_size(connection) <= SMALL_BYTES:
                connection.execute("VACUUM")
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:
            return False
        return not busy


def rewrite_sqlite(path: str) -> None:
    """Merges the indexes, rewrites the database and truncates its log. Raises sqlite3.Error."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        optimize_indexes(connection)
        connection.execute("VACUUM")
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise sqlite3.OperationalError("somebody is reading: try again")


def optimize_indexes(connection: sqlite3.Connection) -> None:
    """Merges each full-text index into one segment, without deleted words."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for index in INDEXES:
        if (index,) in found:
            connection.execute(f"INSERT INTO {index} ({index}) VALUES ('optimize')")


def rewrite_postgres(url: str, report: Callable[[str], None]) -> None:
    """Rewrites every table of ours without dead rows; each is locked meanwhile."""
    database = postgres_connector.create_peewee_database(url)
    try:
        tables = database.get_tables()
        for table in sorted(tables):
            report(table)
            database.execute_sql(f'VACUUM (FULL, ANALYZE) "{table}"')  # type: ignore[no-untyped-call]
    finally:
        database.close()


def _database_size(connection: sqlite3.Connection) -> int:
    (pages,), (size,) = (
        connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
    )
    return int(pages * size)
