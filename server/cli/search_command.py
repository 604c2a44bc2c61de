"""`deskwire-server search index`: fills the search index after an upgrade, ahead of the server."""

import sys
from collections.abc import Callable
from functools import partial

import click

from server.cli import options
from server.storage.connect import open_existing_database
from server.storage.engine.database import Database
from server.storage.queries import search_backlog


@click.group("search")
def search_commands() -> None:
    """The search index."""


@search_commands.command("index")
@options.database_option
def index_command(database: str) -> None:
    """Take into the search index what an upgrade left, with a progress bar.

    A server does the same while it serves; this is for a desk that is to open with a whole index.
    It can be broken off and goes on where it was; servers may run meanwhile.
    """
    count = options.run_coroutine(_run_indexing(database))
    click.echo(f"{count} people and tickets indexed." if count else "The index is complete.")


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


async def index_backlog(database: Database, tell: Callable[[int], object]) -> int:
    """Indexes all there is to do; answers how many rows."""
    count = 0
    for it in await database.read_snapshot(search_backlog.list_unindexed_organizations):
        while done := await database.write(
            partial(search_backlog.index_next_batch, org_id=it.org_id)
        ):
            count += done
            tell(done)
    return count
