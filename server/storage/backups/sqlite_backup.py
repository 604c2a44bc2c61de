"""Backups of SQLite: a copy made by its online backup, which waits for no writer and stops none."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from server.private_files import open_private, replace_atomically
from server.storage.backups.backup_contents import (
    COUNT_ATTACHMENTS,
    COUNT_ORGANIZATIONS,
    COUNT_TICKETS,
    SELECT_LOGS,
    BackupContents,
    BackupError,
    count_contents,
)
from server.storage.engine.file_purge import optimize_indexes
from server.storage.engine.sqlite import FILE_SUFFIXES
from server.storage.engine.transaction import WriteTransaction
from server.storage.migrations import HISTORY_TABLE, lock_sqlite_file, migrate_database
from server.storage.queries.organization.log_epochs import renew_epochs

SQLITE_MAGIC: Final = b"SQLite format 3\0"
_UNFINISHED: Final = ".part"
_IN_USE: Final = "The database is in use: stop the server and every command on it, then restore."


def back_up_sqlite(path: str, file: Path) -> BackupContents:
    """Writes a checked copy of the database to a new file. Raises BackupError, OSError."""
    if not Path(path).is_file():
        raise BackupError(f"There is no database at {path}.")
    if file.exists() and file.samefile(path):
        raise BackupError(f"{file} is the database itself: name another file.")
    with _temporary_file(file) as part:
        _copy_database(path, part)
        _purge_copy(part)
        contents = check_sqlite(part)
        replace_atomically(part, file)
    return contents


def restore_sqlite(file: Path, path: str, *, replace: bool) -> BackupContents:
    """Replaces the database by a backup, with the schema migrated and new epochs of the logs.

    The old database stays whole until the new one takes its place in one step. Raises BackupError,
    SchemaTooNew, OSError.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    _check_target(path, replace=replace)
    _check_length(file)
    target = Path(path).resolve()  # a link stays one
    with _temporary_file(target) as part:
        _copy_database(str(file), part)
        check_sqlite(part)
        migrate_database(f"sqlite:///{part}")
        _renew_epochs(part)
        contents = check_sqlite(part)
        with lock_sqlite_file(path):  # a server that starts meanwhile waits for it
            _check_target(path, replace=replace)
            _keep_owner(part, target)
            replace_atomically(part, target)
    return contents


def _keep_owner(part: Path, target: Path) -> None:
    """Gives the new file the owner of the old one: root may restore for an unprivileged server."""
    if target.exists():
        owned = target.stat()
        with suppress(PermissionError):
            os.chown(part, owned.st_uid, owned.st_gid)


def _check_length(file: Path) -> None:
    """Raises BackupError where the end is missing, which SQLite does not always notice."""
    with file.open("rb") as source:
        header = source.read(100)
    size = int.from_bytes(header[16:18])
    page_size = 65_536 if size == 1 else size  # two bytes have no room for the largest
    if len(header) < 100 or file.stat().st_size < page_size * int.from_bytes(header[28:32]):  # noqa: PLR2004 - SQLite's file format
        raise BackupError(f"{file} is no whole backup of Deskwire: its end is missing.")


def check_sqlite(file: Path) -> BackupContents:
    """Returns the contents of a database. Raises BackupError where it is damaged or not ours."""
    try:
        with closing(_open_read_only(str(file))) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise BackupError(f"The database is damaged: {found}.")
            (organizations,) = connection.execute(COUNT_ORGANIZATIONS).fetchone()
            (tickets,) = connection.execute(COUNT_TICKETS).fetchone()
            files = _count_attachments(connection)
            return count_contents(organizations, tickets, files, connection.execute(SELECT_LOGS))
    except sqlite3.Error as error:
        raise BackupError(f"This is no whole database of Deskwire: {error}.") from error


@contextmanager
def _temporary_file(file: Path) -> Iterator[Path]:
    """Yields the path of a file beside the target; removes it and the files beside it."""
    part = file.with_name(file.name + _UNFINISHED)
    _delete_database(part)  # left by one that was interrupted
    try:
        open_private(part, is_new=True).close()
        yield part
    finally:
        _delete_database(part)


def _delete_database(database: Path) -> None:
    for beside in FILE_SUFFIXES:
        Path(f"{database}{beside}").unlink(missing_ok=True)


def _copy_database(source: str, target: Path) -> None:
    try:
        with closing(_open_read_only(source)) as from_, closing(sqlite3.connect(target)) as to:
            # All pages in one step, from one snapshot: in smaller ones the copy would begin
            # again with each commit of the server, and on a busy desk never end.
            from_.backup(to)
            # One file by itself, without -wal and -shm.
            to.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied: {error}.") from error


def _purge_copy(file: Path) -> None:
    """Removes deleted words from the copy: a backup is kept for long."""
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            optimize_indexes(connection)
            connection.execute("VACUUM")
    except sqlite3.Error as error:
        raise BackupError(f"The copy cannot be purged of what was deleted: {error}.") from error


def _open_read_only(path: str) -> sqlite3.Connection:
    """Opens a connection that creates no file."""
    return sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=10)


def _renew_epochs(database: Path) -> None:
    # Statement by statement: the file is nobody's yet, and goes if this is interrupted.
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        writing = WriteTransaction(connection, "sqlite")
        renew_epochs(writing)
        writing.flush()
        connection.execute("PRAGMA journal_mode=DELETE")


def _check_target(path: str, *, replace: bool) -> None:
    """Raises BackupError where the database is in use, not ours, or not to be replaced.

    It also writes the journal into the database, so that none is left beside the new file.
    """
    if not Path(path).exists() or not Path(path).stat().st_size:
        return
    try:
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            # Leaving the write-ahead log takes a lock that only the one user of a database gets.
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
            if tables and HISTORY_TABLE not in tables:
                raise BackupError(f"{path} is another program's database: nothing was changed.")
            is_empty = "organizations" not in tables or not _count_organizations(connection)
    except sqlite3.OperationalError as error:
        raise BackupError(f"{_IN_USE} ({error})") from error
    except sqlite3.Error as error:
        raise BackupError(f"{path} is no SQLite database: nothing was changed.") from error
    if not is_empty and not replace:
        raise BackupError(f"{path} holds organizations. To replace them for good: --replace.")


def _count_attachments(connection: sqlite3.Connection) -> int:
    """Returns the number of attachments; an older version's backup has no such table."""
    known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'attachments'"
    if connection.execute(known).fetchone() is None:
        return 0
    return int(connection.execute(COUNT_ATTACHMENTS).fetchone()[0])


def _count_organizations(connection: sqlite3.Connection) -> int:
    return int(connection.execute(COUNT_ORGANIZATIONS).fetchone()[0])
