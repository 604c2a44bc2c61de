"""Backups of PostgreSQL: every table as COPY writes it, in one compressed file of our own.

A header names the schema and the tables, then come the tables' rows, then their counts. So the file
can be read to its end before anything is changed, by any version of PostgreSQL and without its
tools. See docs/decisions/0018-backups-are-a-file-of-our-own.md.
"""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

import msgspec
import peewee as pw
from msgspec import Struct

from server.clock import monotonic_seconds
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
from server.storage.engine import postgres_connector
from server.storage.engine.transaction import WriteTransaction
from server.storage.migrations import (
    HISTORY_TABLE,
    MIGRATION_LOCK_ID,
    apply_migrations,
    list_applied_migrations,
)
from server.storage.queries.organization.log_epochs import renew_epochs

GZIP_MAGIC: Final = b"\x1f\x8b"
_FORMAT: Final = "deskwire-postgresql-1"
_END: Final = b"\\.\n"
_BATCH: Final = 1 << 20
_WITHOUT_ORGANIZATION: Final = ["secrets", HISTORY_TABLE]
_TABLES: Final = """SELECT c.relname,
        array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '')
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
        AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY c.relname
    HAVING 'org_id' = ANY (array_agg(a.attname::text)) OR c.relname = ANY (%s)
    ORDER BY c.relname"""
"""Selects our tables, whose keys have `org_id`; another program's are neither saved nor replaced.
"""
_OTHERS: Final = """SELECT count(*), min(host(client_addr)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND (application_name = %s OR application_name = '' AND usename = current_user)"""
"""Selects other connections; servers from before 2026-11 did not name theirs, psql does."""
CLOSING_SECONDS: Final = 3.0
"""Seconds that PostgreSQL may take to end the connections of a server that has just stopped."""
_LOOK_SECONDS: Final = 0.05
_SEQUENCES: Final = """SELECT c.relname, a.attname,
        pg_get_serial_sequence(quote_ident(c.relname), a.attname)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0
        AND NOT a.attisdropped
        AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL"""


class TableColumns(Struct, frozen=True):
    """A table, and its columns in the order of the rows' values."""

    name: str
    columns: list[str]


class BackupHeader(Struct, frozen=True):
    """The first line of the file."""

    format: str
    migrations: list[str]
    tables: list[TableColumns]


class BackupTrailer(Struct, frozen=True):
    """The end of the file: the rows of each table, the sequences, and the contents."""

    rows: dict[str, int]
    sequences: dict[str, int]
    contents: BackupContents


def back_up_postgres(url: str, file: Path) -> BackupContents:
    """Writes a snapshot of all tables to a new file. Raises BackupError, OSError."""
    part = file.with_name(file.name + ".part")
    try:
        with (
            closing(postgres_connector.create_peewee_database(url)) as database,
            open_private(part) as raw,
            _open_snapshot(database) as connection,
            gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=3, filename="") as out,
        ):
            contents = _write_backup(database, connection, cast("IO[bytes]", out))
        check_postgres(part)
        replace_atomically(part, file)
    finally:
        part.unlink(missing_ok=True)
    return contents


def restore_postgres(file: Path, url: str, *, replace: bool) -> BackupContents:
    """Replaces the database's tables by the backup's, in one transaction.

    Anything that ends it before the commit leaves the database as it was. Raises BackupError,
    SchemaTooNew, OSError.
    """
    check_postgres(file)
    with closing(postgres_connector.create_peewee_database(url)) as database, database.atomic():
        connection = _driver_connection(database)
        # A server that starts meanwhile waits for this lock before it migrates.
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATION_LOCK_ID])
        _check_target(connection, replace=replace)
        for table in _list_tables(connection):
            connection.execute(f'DROP TABLE "{table.name}" CASCADE')
        with _open_backup(file) as (header, source):
            _make_schema(database, connection, header)
            for table in header.tables:
                _load_table(connection, table, source)
            trailer = _decode_line(source.readline(), BackupTrailer)
        _set_sequences(connection, trailer.sequences)
        apply_migrations(database)
        writing = WriteTransaction(connection, "postgresql")
        renew_epochs(writing)
        writing.flush()
        return _count_contents(connection)


def check_postgres(file: Path) -> BackupContents:
    """Returns what a backup holds. Raises BackupError where it is damaged or incomplete."""
    try:
        with _open_backup(file) as (header, source):
            rows = {table.name: sum(1 for _ in _read_rows(source)) for table in header.tables}
            trailer: BackupTrailer = _decode_line(source.readline(), BackupTrailer)
            if rows != trailer.rows or source.read(1):
                raise BackupError(f"{file} is damaged: its tables are not as long as they were.")
            return trailer.contents
    except (EOFError, zlib.error, msgspec.MsgspecError, OSError) as error:
        raise BackupError(f"{file} is no whole backup of Deskwire: {error}.") from error


def _driver_connection(database: Any) -> Any:
    return database.connection()


@contextmanager
def _open_snapshot(database: pw.Database) -> Iterator[Any]:
    """Yields a connection inside a read-only transaction of one snapshot."""
    connection = _driver_connection(database)
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        yield connection
    finally:
        connection.execute("ROLLBACK")


def _write_backup(database: pw.Database, connection: Any, out: IO[bytes]) -> BackupContents:
    tables = _list_tables(connection)
    if HISTORY_TABLE not in {table.name for table in tables}:
        raise BackupError("There is no desk in this database.")
    header = BackupHeader(_FORMAT, list_applied_migrations(database), tables)
    out.write(msgspec.json.encode(header) + b"\n")
    rows = {table.name: _dump_table(connection, table, out) for table in tables}
    sequences = {
        f"{table}.{column}": connection.execute(f"SELECT last_value FROM {name}").fetchone()[0]
        for table, column, name in connection.execute(_SEQUENCES).fetchall()
    }
    contents = _count_contents(connection)
    out.write(msgspec.json.encode(BackupTrailer(rows, sequences, contents)) + b"\n")
    return contents


def _dump_table(connection: Any, table: TableColumns, out: IO[bytes]) -> int:
    """Writes a table's rows, one per line (COPY escapes line breaks); returns how many."""
    rows = 0
    with connection.cursor().copy(f"COPY {_quote_table(table)} TO STDOUT") as copy:
        for block in copy:
            data = bytes(block)
            rows += data.count(b"\n")
            out.write(data)
    out.write(_END)
    return rows


def _load_table(connection: Any, table: TableColumns, source: IO[bytes]) -> None:
    if table.name == HISTORY_TABLE:
        for _ in _read_rows(source):
            pass  # the migrations have written it
        return
    with connection.cursor().copy(f"COPY {_quote_table(table)} FROM STDIN") as copy:
        batch = bytearray()
        for line in _read_rows(source):
            batch += line
            if len(batch) > _BATCH:
                copy.write(bytes(batch))
                batch.clear()
        copy.write(bytes(batch))


def _read_rows(source: IO[bytes]) -> Iterator[bytes]:
    """Yields the lines up to the end of a table. Raises EOFError where the file ends before it."""
    for line in source:
        if line == _END:
            return
        yield line
    raise EOFError("it ends in the middle of a table")


@contextmanager
def _open_backup(file: Path) -> Iterator[tuple[BackupHeader, IO[bytes]]]:
    with gzip.open(file, "rb") as source:
        header = _decode_line(source.readline(), BackupHeader)
        if header.format != _FORMAT:
            raise BackupError(f"{file} is a backup that this version does not know.")
        yield header, cast("IO[bytes]", source)


def _check_target(connection: Any, *, replace: bool) -> None:
    """Raises BackupError where a server is running, or organizations would be lost."""
    others, host = _find_others(connection)
    if others:
        raise BackupError(
            f"The database is in use (connections: {others}, from {host or 'this machine'}): stop"
            " every server and command on it, and close what a pooler keeps open, then restore."
        )
    names = {table.name for table in _list_tables(connection)}
    if "organizations" not in names or replace:
        return
    if connection.execute(COUNT_ORGANIZATIONS).fetchone()[0]:
        raise BackupError("The database holds organizations. To replace them for good: --replace.")


def _find_others(connection: Any) -> tuple[int, str | None]:
    """Returns how many other connections there are, and the address of one (None: a socket).

    Waits for a moment where there are any: they may be ending.
    """
    deadline = monotonic_seconds() + CLOSING_SECONDS
    while True:
        # Without this, a transaction always sees the connections of its first look.
        connection.execute("SELECT pg_stat_clear_snapshot()")
        others, host = connection.execute(_OTHERS, [postgres_connector.APPLICATION_NAME]).fetchone()
        if not others or monotonic_seconds() >= deadline:
            return others, host
        connection.execute("SELECT pg_sleep(%s)", [_LOOK_SECONDS])


def _make_schema(database: pw.Database, connection: Any, header: BackupHeader) -> None:
    """Creates the schema that the backup was written in. Raises SchemaTooNew."""
    apply_migrations(database, header.migrations)
    made = {table.name: sorted(table.columns) for table in _list_tables(connection)}
    kept = {table.name: sorted(table.columns) for table in header.tables}
    if made != kept:
        odd = ", ".join(sorted(name for name in made | kept if made.get(name) != kept.get(name)))
        raise BackupError(f"The backup has tables that Deskwire does not make: {odd}.")


def _set_sequences(connection: Any, sequences: dict[str, int]) -> None:
    for place, value in sequences.items():
        table, column = place.split(".")
        connection.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, column, value]
        )


def _count_contents(connection: Any) -> BackupContents:
    (organizations,) = connection.execute(COUNT_ORGANIZATIONS).fetchone()
    (tickets,) = connection.execute(COUNT_TICKETS).fetchone()
    known = connection.execute("SELECT to_regclass('attachments')").fetchone()[0]
    files = connection.execute(COUNT_ATTACHMENTS).fetchone()[0] if known else 0
    return count_contents(organizations, tickets, files, connection.execute(SELECT_LOGS).fetchall())


def _list_tables(connection: Any) -> list[TableColumns]:
    return [
        TableColumns(*row)
        for row in connection.execute(_TABLES, [_WITHOUT_ORGANIZATION]).fetchall()
    ]


def _quote_table(table: TableColumns) -> str:
    columns = ", ".join(f'"{column}"' for column in table.columns)
    return f'"{table.name}" ({columns})'


def _decode_line(line: bytes, kind: Any) -> Any:
    return msgspec.json.decode(line, type=kind)
