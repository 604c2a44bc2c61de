"""`deskwire-server import`: imports an export of Deskwire, data of Zendesk, or a table."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from msgspec import Struct
from msgspec.structs import replace

from common.command_group import EXIT_FAILED
from server.cli import options
from server.cli.export_command import open_file, org_id_option, show_progress_bar
from server.clock import utc_now
from server.domain.time_zones import is_time_zone
from server.settings import Settings
from server.storage.connect import open_database
from server.storage.engine.database_url import normalize_url
from server.storage.files.attachment_storage import AttachmentStorage
from server.storage.files.file_location import open_file_store
from server.transfer.file_folder import ImportFolder, name_folder
from server.transfer.importer import Importer, ImportOptions, check_organization
from server.transfer.line_importer import LineOptions
from server.transfer.line_repairs import RepairRules
from server.transfer.line_sources import ImportSource, LineFile, UnreadableSource
from server.transfer.table_columns import ColumnMapping, InvalidMapping
from server.transfer.table_source import TableFile
from server.transfer.zendesk.zendesk_source import ZendeskExport

_RESUME_HINT: Final = "Run the same command again to continue."
_SOURCE_FORMATS: Final = ("deskwire", "zendesk", "csv")


@click.command("import")
@org_id_option
@click.argument("file")
@click.option("--from", "origin", type=click.Choice(_SOURCE_FORMATS), default="deskwire")
@click.option("--map", "maps", multiple=True, help="csv: FIELD=COLUMN, or FIELD:VALUE=MEANING.")
@click.option(
    "--time-format", default=None, help="csv: the format of times, such as %d/%m/%Y %H:%M."
)
@click.option("--encoding", default=None, help="csv: the encoding of the file. By default UTF-8.")
@click.option("--timezone", default=None, help="The time zone of times without an offset.")
@click.option("--update", is_flag=True, help="Add new history to tickets that exist already.")
@click.option("--strict", is_flag=True, help="Reject lines that would be repaired otherwise.")
@click.option("--dry-run", is_flag=True, help="Report what would happen, and change nothing.")
@options.database_option
@options.files_option
@click.option(
    "--max-attachment",
    type=click.IntRange(1024),
    default=Settings().max_attachment,
    envvar="DESKWIRE_MAX_ATTACHMENT",
    help="Maximum bytes of an attachment.",
)
def import_command(
    org_id: int, file: str, database: str, files: str | None, max_attachment: int, **values: Any
) -> None:
    """Read people and tickets from FILE, one JSON object a line (`-`: standard input).

    With --from zendesk, FILE is a directory of saved responses of Zendesk's API, with --from csv
    a table. Attachments come from the folder FILE.files of an export. It is safe to run again, also
    after an interruption: what exists already is skipped.
    A bad line is reported with its place and the reason, and the others are imported. The exit
    code is then 1.
    """
    wish = _CommandOptions(**values)
    if (wish.maps or wish.time_format or wish.encoding) and wish.origin != "csv":
        options.exit_with_usage_error("--map, --time-format and --encoding need --from csv.")
    try:
        with _open_source(file, wish) as source:
            place = _FilePlace(file, files, max_attachment)
            done = options.run_coroutine(
                _take_in(database, org_id, source, wish.import_options, place)
            )
    except KeyboardInterrupt:
        kept = "Nothing has been changed" if wish.dry_run else "What was imported stays"
        click.echo(f"deskwire-server: Interrupted. {kept}. {_RESUME_HINT}", err=True)
        raise
    for sentence in done.report.write_sentences():
        click.echo(sentence)
    if wish.dry_run:
        click.echo("This was a dry run: nothing has been changed.")
    if done.report.bad:
        raise SystemExit(EXIT_FAILED)


class _FilePlace(Struct, frozen=True):
    """The places that attachments come from and go to, and their limit in bytes."""

    source: str
    setting: str | None
    ceiling: int


class _CommandOptions(Struct, frozen=True, kw_only=True):
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
    def import_options(self) -> ImportOptions:
        rules = RepairRules(self.strict, _parse_time_zone(self.timezone))
        return ImportOptions(rules, LineOptions(self.update, self.strict), self.dry_run)


def _parse_time_zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    if not is_time_zone(name):
        options.exit_with_usage_error("--timezone must be an IANA time zone such as Europe/Rome.")
    return ZoneInfo(name)


def _check_encoding(name: str | None) -> str:
    chosen = name or "utf-8"
    try:
        "".encode(chosen)
    except (LookupError, UnicodeError):
        options.exit_with_usage_error(
            "--encoding must be one that Python knows, such as cp1252 or latin-1."
        )
    return chosen


@contextmanager
def _open_source(file: str, wish: _CommandOptions) -> Iterator[ImportSource]:
    """Yields the source of the import. Ends the process with one line if it cannot be read."""
    try:
        if wish.origin == "zendesk":
            with ZendeskExport(Path(file)) as export:
                yield export
            return
        with open_file(file, "rb") as raw:
            if wish.origin == "csv":
                yield TableFile(
                    raw,
                    ColumnMapping.parse_options(wish.maps),
                    wish.time_format,
                    _check_encoding(wish.encoding),
                )
            else:
                yield LineFile(raw)
    except InvalidMapping as error:
        options.exit_with_usage_error(str(error))
    except UnreadableSource as error:
        click.echo(f"deskwire-server: {error}", err=True)
        raise SystemExit(EXIT_FAILED) from None


async def _take_in(
    url: str, org_id: int, source: ImportSource, choices: ImportOptions, place: _FilePlace
) -> Importer:
    database = open_database(url)
    store = open_file_store(place.setting, normalize_url(url))
    storage = AttachmentStorage(database, store, utc_now, place.ceiling)
    choices = replace(choices, files=ImportFolder(name_folder(place.source), storage, org_id))
    try:
        await check_organization(database, org_id)
        with show_progress_bar("Importing", source.size) as bar:
            done = Importer(database, utc_now, org_id, _print_problem, choices)
            await done.import_source(source, bar.update)
    finally:
        storage.close()
        database.close()
    return done


def _print_problem(where: str, reason: str) -> None:
    # On a terminal the line takes the place of the bar, which is drawn again below it.
    start = "\r\x1b[K" if sys.stderr.isatty() else ""
    click.echo(f"{start}{where}: {reason}", err=True)
