"""`deskwire watch`: the organization's events as they happen, each as a line of JSON."""

import asyncio
import sys
from typing import Any

import click
import msgspec
from msgspec import Struct

from tui.cli.command_session import exit_with_error, open_command_session
from tui.cli.connection_options import ConnectionFlags, connection_options, take_flags
from tui.cli.exit_codes import EXIT_LOG_CHANGED
from tui.cli.rest_caller import RestCaller
from tui.text import safe_text


class _WatchedTicket(Struct, frozen=True):
    number: int


class _WatchedEvent(Struct, frozen=True):
    type: str = ""
    ticket: _WatchedTicket | None = None


class EventFilter(Struct, frozen=True):
    """The events that are printed: of some types, of some tickets; empty: all of them."""

    types: tuple[str, ...] = ()
    tickets: tuple[int, ...] = ()

    def matches(self, raw: bytes) -> bool:
        """Returns whether an event is printed; `message.*` stands for all types that begin so."""
        if not (self.types or self.tickets):
            return True
        event = msgspec.json.decode(raw, type=_WatchedEvent)
        if self.tickets and (event.ticket is None or event.ticket.number not in self.tickets):
            return False
        return not self.types or any(_is_of_type(event.type, wanted) for wanted in self.types)

    def print_event(self, raw: bytes) -> None:
        """Prints an event at once, where it matches: whoever reads it waits for it."""
        if self.matches(raw):
            sys.stdout.write(safe_text.escape_in_json(raw.decode()) + "\n")
            sys.stdout.flush()


def _report(line: str) -> None:
    click.echo(f"deskwire: {line}", err=True)


def _is_of_type(type_: str, wanted: str) -> bool:
    return type_.startswith(wanted[:-1]) if wanted.endswith("*") else type_ == wanted


@click.command("watch")
@click.option("--after", type=click.IntRange(0), help="Begin after this event; by default now.")
@click.option("--epoch", help="The log's identity, as an event before had it.")
@click.option(
    "--type", "types", multiple=True, help="Only such events, as ticket.* or message.added."
)
@click.option("--ticket", "tickets", type=int, multiple=True, help="Only events of this ticket.")
@connection_options(has_variables=False)
@click.pass_context
def watch_command(context: click.Context, /, **given: Any) -> None:
    """Print events as JSON, one on each line, until interrupted.

    Each event comes once and in order: to go on later, begin after the last seq that was printed,
    with its epoch. If the connection breaks it is opened again, and nothing is left out.
    """
    flags = take_flags(given).over(context.find_object(ConnectionFlags))
    chosen = EventFilter(given["types"], given["tickets"])
    with open_command_session(flags) as caller:
        asyncio.run(_print_events(caller, given["after"], given["epoch"], chosen))


async def _print_events(
    caller: RestCaller, after: int | None, epoch: str | None, chosen: EventFilter
) -> None:
    from tui.network.client import Client  # late: with --help, no network is needed
    from tui.network.event_reader import EventReader
    from tui.network.feed import LogReplaced

    async with Client(caller.server_url, caller.org_id, caller.token) as client:
        reader = EventReader(client, chosen.print_event, _report, after=after, epoch=epoch)
        try:
            await reader.run()
        except LogReplaced as error:
            exit_with_error(f"{error} Begin again without --after and --epoch.", EXIT_LOG_CHANGED)
