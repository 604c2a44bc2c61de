"""The command line of the workstation: `deskwire --server URL --org N --email E`."""

import os
import sys
from datetime import timedelta
from typing import Any, Final

import click

from tui.libraries import require_terminal_libraries
from tui.shell.terminal_colours import fit_colours

_IDLE_MINUTES: Final = (5, 1440)


class WorkstationCommand(click.Command):
    """A command that reports wrong arguments in one line, and ends with exit code 2."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the command, and shortens click's error messages."""
        try:
            return super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.ClickException as error:
            click.echo(f"deskwire: {error.format_message()}", err=True)
            sys.exit(2)
        except click.Abort:
            sys.exit(130)


def _check_server_url(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise click.BadParameter("must begin with http:// or https://")
    return value.rstrip("/")


def _check_idle_minutes(_context: click.Context, _parameter: click.Parameter, value: int) -> int:
    if value and not _IDLE_MINUTES[0] <= value <= _IDLE_MINUTES[1]:
        raise click.BadParameter(f"must be 0, or from {_IDLE_MINUTES[0]} to {_IDLE_MINUTES[1]}")
    return value


@click.command(cls=WorkstationCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--server",
    envvar="DESKWIRE_SERVER",
    default="http://127.0.0.1:8080",
    show_default=True,
    callback=_check_server_url,
    help="Address of the server.",
)
@click.option(
    "--org", envvar="DESKWIRE_ORG", type=click.IntRange(1000, 99_999), help="Organization."
)
@click.option("--email", envvar="DESKWIRE_EMAIL", default="", help="Who signs in.")
@click.option(
    "--idle-minutes",
    envvar="DESKWIRE_IDLE_MINUTES",
    type=int,
    default=30,
    show_default=True,
    callback=_check_idle_minutes,
    help="Away after so many minutes without a key, 5 to 1440; 0: never.",
)
@click.option("--wallboard", is_flag=True, help="Large figures for a screen on the wall.")
@click.version_option(package_name="deskwire", prog_name="deskwire")
def main(*, server: str, org: int | None, email: str, idle_minutes: int, wallboard: bool) -> None:
    """The workstation of Deskwire's agents.

    The password is read from DESKWIRE_PASSWORD or asked for on the screen.
    """
    require_terminal_libraries()
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("the workstation needs a terminal.")
    # Out of the environment: no program started from here should inherit it.
    password = os.environ.pop("DESKWIRE_PASSWORD", "")
    warning = fit_colours(os.environ)
    if warning:
        click.echo(warning, err=True)
    # After the arguments, whose mistakes are reported at once, and the colours: Textual reads them.
    from tui.shell.app import Deskwire
    from tui.shell.termination import Termination

    values = {"server": server, "org": str(org or ""), "email": email, "password": password}
    idle_after = timedelta(minutes=idle_minutes) if idle_minutes else None
    app = Deskwire(values, idle_after, is_wallboard=wallboard)
    termination = Termination(app)
    with termination.handle_signals():
        app.run()
    sys.exit(termination.exit_code or app.return_code or 0)


if __name__ == "__main__":
    main()
