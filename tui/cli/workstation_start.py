"""Starts the workstation on this terminal, and ends the process with its exit code."""

import os
import sys
from datetime import timedelta
from typing import NoReturn

import click
from msgspec import Struct

from tui.cli.connection_options import ConnectionFlags, resolve_target
from tui.shell.terminal_colours import fit_colours


class WorkstationOptions(Struct, frozen=True):
    """The options of the workstation alone; None: the configuration says."""

    idle_minutes: int | None = None
    is_wallboard: bool = False


def start_workstation(flags: ConnectionFlags, options: WorkstationOptions) -> NoReturn:
    """Runs the workstation. Raises click.UsageError where it cannot start."""
    target = resolve_target(flags)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("the workstation needs a terminal.")
    # Out of the environment: no program started from here should inherit it.
    password = os.environ.pop("DESKWIRE_PASSWORD", "")
    warning = fit_colours(os.environ)
    if warning:
        click.echo(warning, err=True)
    # After the arguments, whose mistakes are reported at once, and the colours: Textual reads them.
    from tui.keymap import build_keymap
    from tui.shell.app import Deskwire
    from tui.shell.termination import Termination

    values = {
        "server": target.server,
        "org": str(target.org or ""),
        "email": target.email,
        "password": password,
        "token": target.token or "",
    }
    minutes = target.config.idle_minutes if options.idle_minutes is None else options.idle_minutes
    idle_after = timedelta(minutes=minutes) if minutes else None
    keymap = build_keymap(target.config.keys)
    for line in keymap.faults:
        click.echo(f"deskwire: [keys] {line}", err=True)
    app = Deskwire(values, idle_after, is_wallboard=options.is_wallboard, keymap=keymap)
    termination = Termination(app)
    with termination.handle_signals():
        app.run()
    sys.exit(termination.exit_code or app.return_code or 0)
