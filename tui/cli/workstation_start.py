"""Starts the workstation on this terminal, and ends the process with its exit code."""

import gc
import os
import sys
from datetime import timedelta
from typing import Final, NoReturn

import click
from msgspec import Struct

from tui.cli.connection_options import ConnectionFlags, ConnectionTarget, resolve_target
from tui.model.working_times import WorkingTimes
from tui.shell.terminal_colours import NO_COLOUR, fit_colours

MONO: Final = "mono"
"""The theme that leaves all colours to the terminal."""


class WorkstationOptions(Struct, frozen=True):
    """The options of the workstation alone; None: the configuration says."""

    idle_minutes: int | None = None
    undo_seconds: int | None = None
    is_wallboard: bool = False
    theme: str | None = None
    layout: str | None = None


def _run_line_desk(target: ConnectionTarget, options: WorkstationOptions) -> NoReturn:
    from tui.cli.command_session import open_agent_session  # late: only one of the two is run
    from tui.cli.line_desk import LineDesk

    with open_agent_session(target) as caller:
        flags = ConnectionFlags(None, target.server, caller.org_id, target.email, caller.token)
        LineDesk(caller, flags, _choose_idle_time(target, options)).run()
    sys.exit(0)


def _choose_idle_time(target: ConnectionTarget, options: WorkstationOptions) -> timedelta | None:
    minutes = target.config.idle_minutes if options.idle_minutes is None else options.idle_minutes
    return timedelta(minutes=minutes) if minutes else None


def start_workstation(flags: ConnectionFlags, options: WorkstationOptions) -> NoReturn:
    """Runs the workstation. Raises click.UsageError where it cannot start."""
    target = resolve_target(flags)
    if (options.layout or target.layout) == "single" and not options.is_wallboard:
        _run_line_desk(target, options)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("the workstation needs a terminal.")
    # Out of the environment: no program started from here should inherit it.
    password = os.environ.pop("DESKWIRE_PASSWORD", "")
    theme = options.theme or target.theme
    if theme == MONO:
        os.environ[NO_COLOUR] = "1"
    warning = fit_colours(os.environ)
    if warning:
        click.echo(warning, err=True)
    # What is loaded now stays: the app lets the collector begin after the first paint.
    gc.disable()
    # After the arguments, whose mistakes are reported at once, and the colours: Textual reads them.
    from tui.configured_keys import build_keymap
    from tui.shell.app import Deskwire
    from tui.shell.terminal_mouse import has_usable_mouse
    from tui.shell.termination import Termination

    values = {
        "server": target.server,
        "org": str(target.org or ""),
        "email": target.email,
        "password": password,
        "token": target.token or "",
    }
    held = target.config.undo_seconds if options.undo_seconds is None else options.undo_seconds
    times = WorkingTimes(
        idle_after=_choose_idle_time(target, options), hold=timedelta(seconds=held)
    )
    keymap = build_keymap(target.config.keys)
    for line in keymap.faults:
        click.echo(f"deskwire: [keys] {line}", err=True)
    app = Deskwire(
        values, times, is_wallboard=options.is_wallboard, keymap=keymap,
        theme="dark" if theme == MONO else theme,
    )  # fmt: skip
    termination = Termination(app)
    with termination.handle_signals():
        app.run(mouse=has_usable_mouse(os.environ))
    if app.unsent_count:
        left = "1 change waits" if app.unsent_count == 1 else f"{app.unsent_count} changes wait"
        click.echo(f"deskwire: {left} on this machine for the next sign-in.", err=True)
    sys.exit(termination.exit_code or app.return_code or 0)
