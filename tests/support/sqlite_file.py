"""SQLite files with the schema: copies of one that was migrated, since a migration takes longer."""

import tempfile
from functools import cache
from pathlib import Path

from server.private_files import open_private
from server.storage.migrations import migrate_database


def make_sqlite_url(folder: Path, name: str = "desk.db") -> str:
    """Returns the URL of a new database with the schema and nothing in it."""
    path = folder / name
    with open_private(path) as file:
        file.write(_migrate_once())
    return f"sqlite:///{path}"


@cache
def _migrate_once() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        migrate_database(f"sqlite:///{path}")
        return path.read_bytes()
