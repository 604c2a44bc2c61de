"""`deskwire-server export`, and options and files that it shares with `import`."""

import errno
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any, NoReturn, Self

import click

from common.command_group import EXIT_FAILED
from server.cli import options
from server.private_files import open_private
from server.storage.connect import open_existing_database
from server.storage.engine.database_url import normalize_url
from server.storage.files.file_location import open_file_store
from server.transfer.exporter import ExportInterrupted, export_organization
from server.transfer.file_folder import ExportFolder, name_folder
from server.transfer.import_report import format_count
from server.transfer.importer import check_organization

org_id_option = click.option("--org-id", type=int, required=True, help="The organization's number.")


@click.command("export")
@org_id_option
@click.argument("file")
@options.database_option
@options.files_option
def export_command(org_id: int, file: str, database: str, files: str | None) -> None:
    """Write people and tickets into FILE, one JSON object a line (`-`: standard output).

    Attachments and original mails go into the folder FILE.files; standard output has none.
    """
    folder = ExportFolder(None if file == "-" else name_folder(file))
    tickets = options.run_coroutine(_export_to_file(database, org_id, file, files, folder))
    click.echo(f"{format_count(tickets, 'ticket')} exported.", err=True)
    for sentence in _describe_files(folder, file):
        click.echo(sentence, err=True)
    if folder.missing:
        raise SystemExit(EXIT_FAILED)


def _describe_files(folder: ExportFolder, file: str) -> Iterator[str]:
    """Yields what became of the attachments and of the original mails."""
    for number, unit in ((folder.listed, "attachment"), (folder.originals, "original mail")):
        if not number:
            continue
        count = format_count(number, unit)
        if file == "-":
            yield f"{count} named and not exported: name a FILE to have them beside it."
        else:
            yield f"{count} exported to {name_folder(file)}."
    if folder.missing:
        yield f"{format_count(folder.missing, 'file')} missing from the storage."


async def _export_to_file(
    url: str, org_id: int, file: str, files: str | None, folder: ExportFolder
) -> int:
    database = open_existing_database(url)
    store = open_file_store(files, normalize_url(url))
    try:
        await check_organization(database, org_id)
        with _ExportFile(file) as sink:
            await export_organization(
                database,
                org_id,
                sink.start_progress,
                sink.write_line,
                folder.list_file,
                folder.keep_original,
            )
        await folder.copy_files(store)
    except ExportInterrupted as error:
        _exit_failed(str(error))
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise  # the reader has closed the pipe: click ends silently
        _exit_failed(f"Cannot write {file}: {error.strerror}.")
    finally:
        store.close()
        database.close()
    return sink.tickets


def _exit_failed(line: str) -> NoReturn:
    click.echo(f"deskwire-server: {line}", err=True)
    raise SystemExit(EXIT_FAILED)


class _ExportFile:
    """The file of an export, and its progress bar."""

    def __init__(self, file: str) -> None:
        self.tickets = 0
        self._stack = ExitStack()
        self._out = self._stack.enter_context(open_file(file, "wb"))
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start_progress(self, tickets: int) -> None:
        self._bar = self._stack.enter_context(show_progress_bar("Exporting", tickets))

    def write_line(self, line: bytes, is_ticket: bool) -> None:  # noqa: FBT001 - see `exporting.Say`
        self._out.write(line)
        if is_ticket:
            self.tickets += 1
            self._bar.update(1)


def open_file(file: str, mode: str) -> AbstractContextManager[Any]:
    """Returns the file, or a standard stream for `-`. Ends the process if it cannot be opened."""
    if file == "-":
        stream = sys.stdin if mode == "rb" else sys.stdout
        return nullcontext(stream.buffer)
    try:
        return Path(file).open(mode) if mode == "rb" else open_private(file)
    except OSError as error:
        options.exit_with_usage_error(f"Cannot open {file}: {error.strerror}.")


def show_progress_bar(label: str, length: int) -> AbstractContextManager[Any]:
    """Returns a progress bar, which is hidden unless standard error is a terminal."""
    hidden = not (length and sys.stderr.isatty())
    steps = max(1, length // 1000)
    return click.progressbar(
        length=max(1, length), label=label, hidden=hidden, file=sys.stderr, update_min_steps=steps
    )
