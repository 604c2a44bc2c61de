"""`deskwire-server purge`: the database's files without anything that was taken out of it."""

from functools import partial

import click

from server.cli import options
from server.storage.engine import file_purge
from server.storage.engine.connect import told_without_password
from server.storage.engine.database_url import is_postgres, normalize_url, sqlite_path
from server.storage.migrations import migrate


@click.command("purge")
@options.database_option
def purge_command(database: str) -> None:
    """Rewrite the database's files without anything that was deleted, erased or redacted.

    A server does most of that by itself. On SQLite writers wait until it is done, on PostgreSQL
    whoever uses the table that is being rewritten: choose a quiet hour.
    """
    options.run_here(partial(_rewrite, database))
    click.echo("Purged: the files hold what the tables show, and nothing else.")


def _rewrite(url: str) -> None:
    with told_without_password(url, "purged"):
        url = normalize_url(url)
        migrate(url)
        if is_postgres(url):
            file_purge.rewrite_postgres(url, lambda table: click.echo(f"{table} ...", err=True))
        else:
            file_purge.rewrite_sqlite(sqlite_path(url))
