"""`deskwire-server import`: from a file of our own, from Zendesk, from a table."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from msgspec import Struct

from server.cli import options
from server.cli.export_command import opened, org_id_option, progress_bar
from server.clock import utc_now
from server.domain.time_zones import is_time_zone
from server.storage.engine.connect import open_database
from server.transfer.importer import Choices, Import, check_organization
from server.transfer.line_importer import Manner
from server.transfer.line_repairs import Rules
from server.transfer.line_sources import LineFile, Source, Unreadable
from server.transfer.table_columns import Mapping, WrongMapping
from server.transfer.table_source import TableFile
from server.transfer.zendesk.zendesk_source import ZendeskExport

_GO_ON: Final = "run the same command again to go on."
_ORIGINS: Final = ("deskwire", "zendesk", "csv")


@click.command("import")
@org_id_option
@click.argument("file")
@click.option("--from", "origin", type=click.Choice(_ORIGINS), default="deskwire")
@click.option("--map", "maps", multiple=True, help="csv: FIELD=COLUMN, or FIELD:VALUE=MEANING.")
@click.option("--time-format", default=None, help="csv: how times are written, %d/%m/%Y %H:%M.")
@click.option("--encoding", default=None, help="csv: its encoding, where it is not Unicode.")
@click.option("--timezone", default=None, help="The zone of times without an offset.")
@click.option("--update", is_flag=True, help="Append what is new to tickets that are there.")
@click.option("--strict", is_flag=True, help="Refuse what would be repaired.")
@click.option("--dry-run", is_flag=True, help="Report what would happen, and change nothing.")
@options.database_option
def import_command(org_id: int, file: str, database: str, **values: Any) -> None:
    """Take people and tickets in from FILE, one JSON object a line (`-`: standard input).

    With --from zendesk FILE is a directory of recorded answers of Zendesk's API, with --from csv
    a table. Safe to repeat, also after it was interrupted: what is there already is skipped. A bad
    line is reported with its place and reason, and the rest goes in; the exit code is then 1.
    """
    wish = _Wish(**values)
    if (wish.maps or wish.time_format or wish.encoding) and wish.origin != "csv":
        options.fail("--map, --time-format and --encoding are for --from csv alone.")
    try:
        with _source(file, wish) as source:
            done = options.run(_take_in(database, org_id, source, wish.choices))
    except KeyboardInterrupt:
        kept = "Nothing has been changed" if wish.dry_run else "What has gone in stays"
        click.echo(f"deskwire-server: Interrupted. {kept}; {_GO_ON}", err=True)
        raise
    for sentence in done.report.sentences():
        click.echo(sentence)
    if wish.dry_run:
        click.echo("A dry run: nothing has been changed.")
    if done.report.bad:
        raise SystemExit(options.FAILED)


class _Wish(Struct, frozen=True, kw_only=True):
    """The options of the command."""

    origin: str
    maps: tuple[str, ...]
    time_format: str | None
    encoding: str | None
    timezone: str | None
    update: bool
    strict: bool
    dry_run: bool

    @property
    def choices(self) -> Choices:
        rules = Rules(self.strict, _zone(self.timezone))
        return Choices(rules, Manner(self.update, self.strict), self.dry_run)


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    if not is_time_zone(name):
        options.fail("--timezone must be an IANA time zone such as Europe/Rome.")
    return ZoneInfo(name)


def _encoding(name: str | None) -> str:
    chosen = name or "utf-8"
    try:
        "".encode(chosen)
    except (LookupError, UnicodeError):
        options.fail("--encoding must be one that Python knows, such as cp1252 or latin-1.")
    return chosen


@contextmanager
def _source(file: str, wish: _Wish) -> Iterator[Source]:
    """Returns what is to be imported; ends with one line where it cannot be read."""
    try:
        if wish.origin == "zendesk":
            with ZendeskExport(Path(file)) as export:
                yield export
            return
        with opened(file, "rb") as raw:
            if wish.origin == "csv":
                yield TableFile(
                    raw, Mapping.of(wish.maps), wish.time_format, _encoding(wish.encoding)
                )
            else:
                yield LineFile(raw)
    except WrongMapping as error:
        options.fail(str(error))
    except Unreadable as error:
        click.echo(f"deskwire-server: {error}", err=True)
        raise SystemExit(options.FAILED) from None


async def _take_in(url: str, org_id: int, source: Source, choices: Choices) -> Import:
    database = open_database(url)
    try:
        await check_organization(database, org_id)
        with progress_bar("Importing", source.size) as bar:
            done = Import(database, utc_now, org_id, _complain, choices)
            await done.take(source, bar.update)
    finally:
        database.close()
    return done


def _complain(where: str, reason: str) -> None:
    # On a terminal the line takes the place of the bar, which is drawn again below it.
    start = "\r\x1b[K" if sys.stderr.isatty() else ""
    click.echo(f"{start}{where}: {reason}", err=True)
