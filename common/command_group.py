"""A group of commands that imports each command when it is called, and reports mistakes briefly."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import click
from msgspec import Struct

EXIT_FAILED: Final = 1
"""Exit code of a command that ran and failed, or did only a part."""

EXIT_USAGE: Final = 2
"""Exit code of a command that cannot run as it was called."""

EXIT_INTERRUPTED: Final = 130
"""Exit code of a command that was interrupted at the keyboard."""


class LazyCommand(Struct, frozen=True):
    """A command that is imported when it is called, and its line in the help of its group."""

    target: str
    """`module:attribute`."""
    summary: str

    def load(self) -> click.Command:
        """Imports the command."""
        module, _, attribute = self.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


class LazyGroup(click.Group):
    """Commands that are imported late: most of them need libraries that the others do not.

    A mistake in the arguments is reported in one line, and the exit code is 2.
    """

    def __init__(
        self,
        *args: Any,
        program: str,
        lazy_commands: Mapping[str, LazyCommand] = MappingProxyType({}),
        **kwargs: Any,
    ) -> None:
        """`program` is the name that begins a line about a mistake."""
        super().__init__(*args, **kwargs)
        self._program, self._lazy_commands = program, lazy_commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names of all commands in order."""
        return sorted({*super().list_commands(ctx), *self._lazy_commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Returns the command of this name, imported now if it is a lazy one."""
        lazy = self._lazy_commands.get(cmd_name)
        return super().get_command(ctx, cmd_name) if lazy is None else lazy.load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list of commands into the help, without importing them."""
        if not self._lazy_commands:
            return
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, self._lazy_commands[name].summary) for name in sorted(self._lazy_commands)]
            )

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Runs a command. Ends the process with one line where its arguments are wrong."""
        try:
            return super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            raise SystemExit(EXIT_USAGE) from None
        except click.ClickException as error:
            line = error.format_message().replace("\n", " ")
            click.echo(f"{self._program}: {line}", err=True)
            raise SystemExit(EXIT_USAGE) from None
        except click.Abort:
            raise SystemExit(EXIT_INTERRUPTED) from None
