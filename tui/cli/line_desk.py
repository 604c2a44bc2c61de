"""The line desk: the workstation as a dialogue of plain lines, for screen readers.

It asks for a command, answers in lines, and announces what happens between two commands. Nothing is
drawn, moved or coloured. Its commands are those of `deskwire ticket`, on the current ticket.
"""

import shlex
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import click
import msgspec

from common import endpoints
from common.wire import MeView
from tui.cli import text_table, ticket_output
from tui.cli.command_table import TICKET, list_commands_of, list_groups
from tui.cli.connection_options import ConnectionFlags
from tui.cli.endpoint_commands import build_command, build_group
from tui.cli.line_desk_stream import LineDeskStream
from tui.cli.line_desk_tabs import LineTab, find_tab, read_tabs
from tui.cli.rest_caller import ApiRequest, RestCaller
from tui.network.api_errors import ApiProblem, Unreachable
from tui.network.error_text import explain_error

PROMPT: Final = "> "
_HELP: Final = """\
list: unresolved tickets, the next due first. list --assignee me: yours.
show 17, or only 17: read a ticket. It is the current one from then on.
next, previous: the next ticket of the last list.
claim, release, resolve: the current ticket. claim 17: another one.
reply TEXT, note TEXT: write. Without a text, your editor opens.
set --priority high, assign ana, close --reason spam, merge 18: change the current ticket.
tabs: the queues and saved views, with the number of tickets in each.
tab 2, tab unassigned, tab VIPs: list what a queue or view has.
counts: how many tickets wait.
commands: every command. A command with --help: its options.
quit: leave."""
_QUIT: Final = frozenset({"quit", "exit", "q"})
_TEXTS: Final = frozenset({"reply", "note"})


class LineDesk:
    """A dialogue with one agent; lines come from standard input."""

    def __init__(
        self, caller: RestCaller, flags: ConnectionFlags, idle_after: timedelta | None
    ) -> None:
        self._caller, self._flags = caller, flags
        self._number: int | None = None
        self._listed: list[int] = []
        self._announcements: deque[str] = deque()
        self._is_waiting = threading.Event()
        raw = caller.fetch(ApiRequest(endpoint=endpoints.READ_ME))
        self._me = msgspec.json.decode(raw, type=MeView)
        self._stream = LineDeskStream(caller, self._me, idle_after, self._take_announcement)

    def run(self) -> None:
        """Answers commands until the input ends."""
        text_table.use_lines()
        click.echo(f"Deskwire, signed in as {self._me.name}. Type help for the commands.")
        self._run_words(["counts"])
        self._stream.start()
        try:
            while (line := self._read_line()) is not None:
                self._stream.record_activity()
                if line.strip() in _QUIT:
                    return
                self._answer(line)
        finally:
            self._stream.close()

    # -- lines in

    def _read_line(self) -> str | None:
        """Returns the next command; None at the end. What came meanwhile is said first."""
        self._say_announcements()
        self._is_waiting.set()
        try:
            return input(PROMPT)
        except EOFError:
            click.echo("")
            return None
        finally:
            self._is_waiting.clear()

    def _take_announcement(self, line: str) -> None:
        """Says a line at once while nothing is typed, otherwise after the command."""
        self._announcements.append(line)
        if self._is_waiting.is_set() and not _read_typed():
            click.echo("")
            self._say_announcements()
            sys.stdout.write(PROMPT)
            sys.stdout.flush()

    def _say_announcements(self) -> None:
        while self._announcements:
            click.echo(self._announcements.popleft())

    # -- commands

    def _answer(self, line: str) -> None:
        try:
            words = self._split_line(line)
        except ValueError as error:
            click.echo(f"Not understood: {error}.")
            return
        if words:
            self._run_words(words)

    def _split_line(self, line: str) -> list[str]:
        """Returns the words; behind `reply` and `note` everything is the text.

        Raises ValueError, also where the text would be read from the lines that are commands.
        """
        name, _, rest = line.strip().partition(" ")
        if name not in _TEXTS or rest.startswith("-"):
            return shlex.split(line)
        number, _, text = rest.partition(" ")
        if not number.removeprefix("#").isdecimal():
            number, text = "", rest
        if not text.strip() and not sys.stdin.isatty():
            raise ValueError(f"write the text behind it, as {name} TEXT")
        return [name, *([number] if number else []), *(["-m", text] if text else [])]

    def _run_words(self, words: list[str]) -> None:
        name, *rest = words
        if name in self._own_commands:
            self._own_commands[name](" ".join(rest))
        elif name.removeprefix("#").isdecimal() and not rest:
            self._run_ticket_command("show", [name])
        elif name in list_commands_of(TICKET):
            self._run_ticket_command(name, rest)
        elif (group := build_group(name)) is not None:
            self._invoke(group, rest)
        else:
            click.echo(f"There is no command {name}. Type help.")

    @property
    def _own_commands(self) -> dict[str, Callable[[str], object]]:
        """The commands of the dialogue itself; they are given the words behind their name."""
        names = f"{', '.join(list_commands_of(TICKET))}. And: {', '.join(list_groups())}."
        return {
            "help": lambda _: click.echo(_HELP),
            "commands": lambda _: click.echo(names),
            "next": lambda _: self._step(1),
            "previous": lambda _: self._step(-1),
            "tabs": lambda _: self._say_tabs(),
            "tab": self._list_tab,
            "counts": lambda _: self._invoke(build_group("queues"), ["read"]),
        }

    def _say_tabs(self) -> None:
        """Says every queue and saved view, a line each."""
        for tab in self._read_tabs():
            click.echo(tab.line)

    def _list_tab(self, words: str) -> None:
        """Lists the tickets of a queue or a saved view."""
        tabs = self._read_tabs()
        tab = find_tab(tabs, words)
        if tab is not None:
            click.echo(tab.line)
            self._run_ticket_command("list", [*tab.options])
        elif tabs:
            click.echo(
                f"No tab is called {words}: tabs lists them." if words else "tab 2, or its name."
            )

    def _read_tabs(self) -> list[LineTab]:
        try:
            return read_tabs(self._caller)
        except (ApiProblem, Unreachable) as error:
            click.echo(explain_error(error))
            return []

    def _step(self, step: int) -> None:
        place = self._listed.index(self._number) + step if self._number in self._listed else 0
        if 0 <= place < len(self._listed):
            self._run_ticket_command("show", [str(self._listed[place])])
        else:
            click.echo("No more tickets in the list.")

    def _run_ticket_command(self, name: str, words: list[str]) -> None:
        command = list_commands_of(TICKET)[name]
        needs_number = "{number}" in command.endpoint.path
        if needs_number and not (words and words[0].removeprefix("#").isdecimal()):
            words = [str(self._number), *words] if self._number else words
        if name == "list":
            with ticket_output.collect_numbers() as self._listed:
                self._invoke(build_command(command), words)
        elif self._invoke(build_command(command), words) and needs_number and words:
            self._number = int(words[0].removeprefix("#"))

    def _invoke(self, command: click.Command | None, words: list[str]) -> bool:
        """Runs a command, and returns whether it was done; its errors are lines like all others."""
        if command is None:
            return False
        with suppress(SystemExit, click.Abort):
            try:
                made: Any = command.make_context(command.name, [*words], obj=self._flags)
                with made:
                    command.invoke(made)
            except click.exceptions.Exit:
                return False
            except click.ClickException as error:
                click.echo(error.format_message())
            else:
                return True
        return False


def _read_typed() -> str:
    """Returns what was typed of the present line; empty where that is not known."""
    with suppress(ImportError):
        import readline  # not on every system

        return readline.get_line_buffer()
    return ""
