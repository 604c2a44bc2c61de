"""`deskwire-server serve`: runs the server."""

import gc
from typing import Any

import click

from server.cli.options import check_settings, run_coroutine, serving_options
from server.settings import Settings


@click.command("serve")
@serving_options(Settings())
def serve_command(**values: Any) -> None:
    """Run the server until it is told to stop."""
    settings = Settings(**values)
    check_settings(settings)
    # What is loaded now stays: `run` lets the collector begin once that is done.
    gc.disable()
    # After the check: a mistake in a setting is reported before the libraries are loaded.
    from server.monitoring import logs
    from server.run import serve_until_stopped

    logs.configure_logging(settings.log_format)
    run_coroutine(serve_until_stopped(settings))
