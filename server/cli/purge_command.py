"""`deskwire-server purge`: rewrites the database's files without deleted data."""

from functools import partial

import click

from server.cli import options
from server.storage.connect import translate_database_errors
from server.storage.engine import file_purge
from server.storage.engine.database_url import is_postgres, normalize_url, parse_sqlite_path
from server.storage.migrations import migrate_database


@click.command("purge")
@options.database_option
def purge_command(database: str) -> None:
    """Rewrite the database's files without anything that was deleted, erased or redacted.

    A server does most of this by itself. On SQLite all writes wait until it is done, on PostgreSQL
    everything that uses the table that is being rewritten. Choose a quiet hour.
    """
    options.run_blocking(partial(_rewrite_files, database))
    click.echo("Purged: the files hold nothing that was deleted, erased or redacted.")


def _rewrite_files(url: str) -> None:
    with translate_database_errors(url, "purged"):
        url = normalize_url(url)
        migrate_database(url)
        if is_postgres(url):
            file_purge.rewrite_postgres(url, lambda table: click.echo(f"{table} ...", err=True))
        else:
            file_purge.rewrite_sqlite(parse_sqlite_path(url))
