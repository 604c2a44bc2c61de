"""What migrations make is what statements are compiled from."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import peewee as pw

from server.storage.migrations import migrate
from server.storage.report_tables import REPORT_TABLES
from server.storage.tables import TABLES
from server.storage.telling_tables import TELLING_TABLES

_ALL = (*TABLES, *TELLING_TABLES, *REPORT_TABLES)
_NOT_OURS = re.compile("search|schema_migration|sqlite_")


def schema(path: Path) -> dict[str, str]:
    """Every table and index that is made of a model, with the text that makes it."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
    return {name: " ".join(sql.split()) for name, sql in made if not _NOT_OURS.match(name)}


def test_migrated_tables_are_those_that_statements_are_compiled_from(tmp_path: Path) -> None:
    migrated, made = tmp_path / "migrated.db", tmp_path / "made.db"
    migrate(f"sqlite:///{migrated}")
    database = pw.SqliteDatabase(str(made))
    with database.bind_ctx(_ALL):
        database.create_tables(_ALL)
    database.close()
    assert schema(migrated) == schema(made)


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    assert migrate(f"sqlite:///{path}") != []
    before = schema(path)
    assert migrate(f"sqlite:///{path}") == []
    assert schema(path) == before
