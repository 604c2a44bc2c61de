"""`deskwire-server demo`: simulated customers and agents, and the workstation."""

import importlib.util
import sys
from typing import Any, Final

import click

from demo.simulation import run_demo
from server.cli import options
from server.settings import Settings

_DEFAULTS: Final = Settings(
    database="",
    http="127.0.0.1:0",
    stream="tcp://127.0.0.1:0",
    rate_limit=0,
    webhook_allow_private=True,
)
"""As for `serve`, but free ports, no rate limits, a temporary database, and local webhooks."""


@click.command("demo")
@options.serving_options(_DEFAULTS)
@click.option("--headless", is_flag=True, help="No workstation: print where and who, and serve.")
def demo_command(headless: bool, **values: Any) -> None:  # noqa: FBT001 - click passes by name
    """Open a temporary organization with simulated customers, and the workstation.

    With --headless it prints the REST address and the credentials, and serves until interrupted.
    """
    settings = Settings(**values)
    options.check_settings(settings)
    if not headless:
        _check_workstation()
    raise SystemExit(
        options.run_coroutine(
            run_demo(settings, click.echo, options.print_error, headless=headless)
        )
    )


def _check_workstation() -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        options.exit_with_usage_error(
            "The workstation needs a terminal; demo --headless serves without one."
        )
    if not all(map(importlib.util.find_spec, ("tui", "textual"))):
        options.exit_with_usage_error(
            "The workstation is not installed here; demo --headless serves without it."
        )
