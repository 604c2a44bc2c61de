"""`deskwire-server import` and `deskwire-server export`."""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, Self

import click

from server import console
from server.clock import utc_now
from server.moving.exporting import Interrupted, give_out
from server.moving.importing import Import, check_organization
from server.moving.intake import Outcome
from server.storage.opening import open_database

_org_id = click.option("--org-id", type=int, required=True, help="The organization's number.")


@click.command("import")
@_org_id
@click.argument("file")
@console.database_option
def import_command(org_id: int, file: str, database: str) -> None:
    """Take people and tickets in from FILE, one JSON object a line (`-`: standard input).

    Safe to repeat: what is there already is skipped. A bad line is reported with its number,
    and the rest goes in; the exit code is then 1.
    """
    with _opened(file, "rb") as source:
        taken = console.run(_take_in(database, org_id, source))
    click.echo(_summary(taken))
    if taken.bad:
        raise SystemExit(console.FAILED)


@click.command("export")
@_org_id
@click.argument("file")
@console.database_option
def export_command(org_id: int, file: str, database: str) -> None:
    """Give people and tickets out to FILE, one JSON object a line (`-`: standard output)."""
    tickets = console.run(_give_out(database, org_id, file))
    click.echo(f"{_counted(tickets, 'ticket')} exported.", err=True)


async def _take_in(url: str, org_id: int, source: BinaryIO) -> Import:
    database = open_database(url)
    try:
        await check_organization(database, org_id)
        with _bar("Importing", _size(source)) as bar:
            taken = Import(database, utc_now, org_id, _complain)
            await taken.take(_watched(source, bar))
    finally:
        database.close()
    return taken


async def _give_out(url: str, org_id: int, file: str) -> int:
    database = open_database(url)
    try:
        await check_organization(database, org_id)
        with _Sink(file) as sink:
            await give_out(database, org_id, sink.begin, sink.say)
    except Interrupted as error:
        _give_up(str(error))
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise  # who reads has had enough: click ends without a word
        _give_up(f"Cannot write {file}: {error.strerror}.")
    finally:
        database.close()
    return sink.tickets


def _give_up(line: str) -> NoReturn:
    click.echo(f"deskwire-server: {line}", err=True)
    raise SystemExit(console.FAILED)


class _Sink:
    """The file of an export, and the bar that shows how far it has come."""

    def __init__(self, file: str) -> None:
        self.tickets = 0
        self._stack = ExitStack()
        self._out = self._stack.enter_context(_opened(file, "wb"))
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def begin(self, tickets: int) -> None:
        self._bar = self._stack.enter_context(_bar("Exporting", tickets))

    def say(self, line: bytes, is_ticket: bool) -> None:  # noqa: FBT001 - see `exporting.Say`
        self._out.write(line)
        if is_ticket:
            self.tickets += 1
            self._bar.update(1)


def _opened(file: str, mode: str) -> AbstractContextManager[Any]:
    """The file, or the standard stream that `-` stands for. Ends the process where it cannot."""
    if file == "-":
        stream = sys.stdin if mode == "rb" else sys.stdout
        return nullcontext(stream.buffer)
    try:
        return Path(file).open(mode)
    except OSError as error:
        console.fail(f"Cannot open {file}: {error.strerror}.")


def _size(source: BinaryIO) -> int:
    """The bytes there are to read; 0 where nobody can say, as of a pipe."""
    status = os.fstat(source.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _bar(label: str, length: int) -> AbstractContextManager[Any]:
    hidden = not (length and sys.stderr.isatty())
    steps = max(1, length // 1000)
    return click.progressbar(
        length=max(1, length), label=label, hidden=hidden, file=sys.stderr, update_min_steps=steps
    )


def _watched(source: BinaryIO, bar: Any) -> Iterator[bytes]:
    for raw in source:
        yield raw
        bar.update(len(raw))


def _complain(number: int, reason: str) -> None:
    # On a terminal the line takes the place of the bar, which is drawn again below it.
    start = "\r\x1b[K" if sys.stderr.isatty() else ""
    click.echo(f"{start}line {number}: {reason}", err=True)


def _summary(taken: Import) -> str:
    tally = taken.tally
    return (
        f"{_counted(tally[Outcome.TICKET], 'ticket')} imported, "
        f"{tally[Outcome.SKIPPED]} skipped (there already), "
        f"{_counted(tally[Outcome.USER], 'listed user')} made, "
        f"{tally[Outcome.KNOWN_USER]} there already, "
        f"{_counted(taken.bad, 'bad line')}."
    )


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
