"""`deskwire-server search index`: fills the search index after an upgrade, ahead of the server."""

import sys
from collections.abc import Callable
from functools import partial

import click

from server.cli import options
from server.storage.connect import open_existing_database
from server.storage.engine.database import Database
from server.storage.queries.search import search_backlog


@click.group("search")
def search_commands() -> None:
    """The search index."""


@search_commands.command("index")
@options.database_option
def index_command(database: str) -> None:
    """Index what an upgrade has left to index, with a progress bar.

    A server does the same in the background. This is for a complete index before it starts. It can
    be interrupted and continues where it was. Servers may keep running.
    """
    count = options.run_coroutine(_run_indexing(database))
    click.echo(f"{count} people and tickets indexed." if count else "The search index is complete.")


async def _run_indexing(url: str) -> int:
    database = open_existing_database(url)
    try:
        rows = await database.read_snapshot(search_backlog.count_unindexed)
        hidden = not (rows and sys.stderr.isatty())
        with click.progressbar(
            length=max(1, rows), label="Indexing", hidden=hidden, file=sys.stderr
        ) as bar:
            return await index_backlog(database, bar.update)
    finally:
        database.close()


async def index_backlog(database: Database, report: Callable[[int], object]) -> int:
    """Indexes all people and tickets that are not indexed yet. Returns their number."""
    count = 0
    for it in await database.read_snapshot(search_backlog.list_unindexed_organizations):
        while done := await database.write(
            partial(search_backlog.index_next_batch, org_id=it.org_id)
        ):
            count += done
            report(done)
    return count
