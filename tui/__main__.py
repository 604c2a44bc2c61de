"""The command line of Deskwire's agents: the workstation, and every command without it."""

from collections.abc import Mapping
from typing import Any, Final

import click

from common.command_group import LazyCommand, LazyGroup
from tui import libraries as _libraries  # noqa: F401 - first: reports what is not installed
from tui.cli.connection_options import connection_options, make_flag, take_flags

_IDLE_MINUTES: Final = (5, 1440)
_MAX_UNDO_SECONDS: Final = 10

COMMANDS: Final[Mapping[str, LazyCommand]] = {
    "completion": LazyCommand(
        "tui.cli.completion_command:completion_command", "Print the completion script of a shell."
    ),
    "keys": LazyCommand("tui.cli.keys_command:keys_command", "Print and check the keys."),
    "login": LazyCommand("tui.cli.login_commands:login_command", "Sign in, and stay signed in."),
    "logout": LazyCommand("tui.cli.login_commands:logout_command", "End a kept session."),
    "profile": LazyCommand(
        "tui.cli.login_commands:profile_commands", "List and choose servers and organizations."
    ),
    "watch": LazyCommand(
        "tui.cli.watch_command:watch_command", "Print events as JSON, one on each line."
    ),
}
"""The commands by name that are no endpoints."""


class DeskwireGroup(LazyGroup):
    """The workstation's options, its commands, and those that endpoints give."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from tui.cli.command_table import list_groups  # late: the workstation needs no table

        return sorted({*super().list_commands(ctx), *list_groups()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Returns a command of this name, or the group of an endpoint's commands."""
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            return found
        from tui.cli.endpoint_commands import build_group  # late, as above

        return build_group(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the commands, and then the groups of the REST API."""
        from tui.cli.command_table import list_groups  # late, as above

        super().format_commands(ctx, formatter)
        with formatter.section("Commands over REST"):
            formatter.write_dl(list(list_groups().items()))


def _check_idle_minutes(
    _context: click.Context, _parameter: click.Parameter, value: int | None
) -> int | None:
    if value and not _IDLE_MINUTES[0] <= value <= _IDLE_MINUTES[1]:
        raise click.BadParameter(f"must be 0, or from {_IDLE_MINUTES[0]} to {_IDLE_MINUTES[1]}")
    return value


@click.group(
    cls=DeskwireGroup,
    program="deskwire",
    lazy_commands=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@connection_options(has_variables=True)
@make_flag(
    "--idle-minutes",
    has_variable=True,
    type=int,
    callback=_check_idle_minutes,
    help="Away after so many minutes without a key, 5 to 1440; 0: never. By default 30.",
)
@make_flag(
    "--theme",
    has_variable=True,
    type=click.Choice(["dark", "light", "high-contrast", "mono"]),
    help="Colours of the workstation.",
)
@make_flag(
    "--layout",
    has_variable=True,
    type=click.Choice(["full", "single"]),
    help="single: plain lines, for screen readers.",
)
@make_flag(
    "--undo-seconds",
    has_variable=True,
    type=click.IntRange(0, _MAX_UNDO_SECONDS),
    help="Hold what cannot be undone so long before it is sent, 0 to 10. By default 5.",
)
@click.option("--wallboard", "is_wallboard", is_flag=True, help="Large figures for a wall.")
@click.version_option(package_name="deskwire", prog_name="deskwire")
@click.pass_context
def main(context: click.Context, /, **given: Any) -> None:
    """Deskwire for agents: without a command, the workstation on this terminal.

    The password is read from DESKWIRE_PASSWORD or asked for on the screen.
    """
    flags = take_flags(given)
    context.obj = flags
    if context.invoked_subcommand is None:
        from tui.cli.workstation_start import WorkstationOptions, start_workstation

        start_workstation(flags, WorkstationOptions(**given))


if __name__ == "__main__":
    main(prog_name="deskwire")
