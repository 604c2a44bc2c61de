"""`deskwire-server backup`, `restore` and `renew-epochs`, for whole databases."""

from functools import partial
from pathlib import Path
from typing import Final

import click

from server.cli import options
from server.storage.backups import postgres_backup, sqlite_backup
from server.storage.backups.backup_contents import BackupContents, BackupError
from server.storage.connect import open_existing_database, translate_database_errors
from server.storage.engine.database_url import is_postgres, normalize_url, parse_sqlite_path
from server.storage.files.file_location import find_file_location
from server.storage.queries.organization.log_epochs import renew_epochs
from server.transfer.import_report import format_count

_MAGIC_BYTES: Final = max(len(sqlite_backup.SQLITE_MAGIC), len(postgres_backup.GZIP_MAGIC))


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@options.database_option
@options.files_option
def backup_command(file: Path, database: str, files: str | None, *, overwrite: bool) -> None:
    """Write the whole database into FILE and check it. Servers may keep running.

    The files of attachments are beside the database: copy them as well.
    """
    if str(file) == "-":
        options.exit_with_usage_error(
            "A backup is checked when it has been written: name a file, not -."
        )
    if file.exists() and not overwrite:
        options.exit_with_usage_error(f"{file} exists already. Use --overwrite to replace it.")
    contents = options.run_blocking(partial(_write_backup, database, file))
    click.echo(f"Backed up {contents} to {file} and checked the file.")
    _name_files(contents, files, database)


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Delete the organizations in the database.")
@options.database_option
@options.files_option
def restore_command(file: Path, database: str, files: str | None, *, replace: bool) -> None:
    """Restore the database from FILE, which `backup` has written. Stop its servers first.

    Every event log gets a new epoch, so clients notice and load everything again.
    """
    contents = options.run_blocking(partial(_restore_backup, database, file, replace=replace))
    click.echo(f"Restored {contents} from {file}. Clients load everything again.")
    _name_files(contents, files, database)


def _name_files(contents: BackupContents, setting: str | None, url: str) -> None:
    """Says that attachments have files, too, and where."""
    if contents.attachments:
        place = find_file_location(setting, normalize_url(url))
        count = format_count(contents.attachments, "attachment")
        click.echo(f"The files of {count} are not in it: they are in {place}.")


@click.command("renew-epochs")
@options.database_option
def renew_command(database: str) -> None:
    """Give every event log a new epoch. Needed after a restore without `restore`."""
    logs = options.run_coroutine(_renew_logs(database))
    click.echo(f"{logs} log{'' if logs == 1 else 's'} renewed. Clients load everything again.")


def _write_backup(url: str, file: Path) -> BackupContents:
    with translate_database_errors(url, "backed up"):
        url = normalize_url(url)
        if is_postgres(url):
            return postgres_backup.back_up_postgres(url, file)
        return sqlite_backup.back_up_sqlite(parse_sqlite_path(url), file)
    raise AssertionError


def _restore_backup(url: str, file: Path, *, replace: bool) -> BackupContents:
    with translate_database_errors(url, "restored"):
        url = normalize_url(url)
        _check_kind(url, file)
        if is_postgres(url):
            return postgres_backup.restore_postgres(file, url, replace=replace)
        return sqlite_backup.restore_sqlite(file, parse_sqlite_path(url), replace=replace)
    raise AssertionError


async def _renew_logs(url: str) -> int:
    database = open_existing_database(url)
    try:
        return await database.write(renew_epochs)
    finally:
        database.close()


def _check_kind(url: str, file: Path) -> None:
    """Raises BackupError unless the file is a backup of this kind of database."""
    with file.open("rb") as source:
        beginning = source.read(_MAGIC_BYTES)
    of_postgres = beginning.startswith(postgres_backup.GZIP_MAGIC)
    if not of_postgres and not beginning.startswith(sqlite_backup.SQLITE_MAGIC):
        raise BackupError(f"{file} is not a backup of Deskwire.")
    if of_postgres != is_postgres(url):
        kinds = ("PostgreSQL", "SQLite") if of_postgres else ("SQLite", "PostgreSQL")
        raise BackupError(
            f"{file} is a backup of {kinds[0]} and cannot be restored into {kinds[1]}:"
            " organizations move by export and import."
        )
