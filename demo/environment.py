"""The server and the temporary folder of the demo, which end with its block."""

import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from signal import Signals
from typing import Final

import msgspec
from msgspec import Struct

from demo import terminal_restore
from server.private_files import open_private
from server.run import CannotListen
from server.settings import Settings

_PREFIX: Final = "DESKWIRE_"
"""The prefix of environment variables that are settings of Deskwire."""

_TERMINATE_SECONDS: Final = 10.0
"""Seconds that a process may take to end when asked."""


class WorkstationKilled(Exception):
    """The workstation was killed and could not restore the terminal."""


class DemoAddresses(Struct, frozen=True):
    """The addresses of a running server: of REST, and of its mail listener."""

    http: str
    mail: str


class DemoServer(Struct, frozen=True):
    """A server that is starting or running."""

    addresses: asyncio.Task[DemoAddresses]
    """Raises CannotListen."""
    end: asyncio.Task[str]
    """Done when the server has ended by itself. The result is a sentence with the reason."""


@asynccontextmanager
async def open_temporary_folder() -> AsyncIterator[Path]:
    """Yields a temporary folder, which is removed afterwards with its contents."""
    with tempfile.TemporaryDirectory(prefix="deskwire-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@asynccontextmanager
async def run_demo_server(settings: Settings, place: Path) -> AsyncIterator[DemoServer]:
    """Runs a server in a process of its own during the block."""
    log = place / "server.log"
    flags = ["-m", "demo.child_process", str(place), "serve"]
    with open_private(log) as complaints:
        # In a session of its own: Ctrl+C on the terminal interrupts the demo only.
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *flags,
            stdin=PIPE,
            stdout=PIPE,
            stderr=complaints,
            start_new_session=True,
            env=make_environment(settings),
        )
    addresses = asyncio.create_task(_read_addresses(process, log))
    ended = asyncio.create_task(_wait_for_exit(process))
    try:
        yield DemoServer(addresses, ended)
    finally:
        addresses.cancel()
        ended.cancel()
        await end_process(process)


async def run_workstation(environment: Mapping[str, str]) -> int:
    """Runs the workstation on this terminal and returns its exit code. Raises Killed."""
    modes = terminal_restore.read_terminal_modes()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tui", env={**os.environ, **environment}
    )
    try:
        code = await process.wait()
    finally:
        await end_process(process)
        if (process.returncode or 0) < 0:  # else it has restored the terminal itself
            terminal_restore.restore_terminal_modes(modes)
    if code < 0:
        raise WorkstationKilled(f"The workstation was killed by {Signals(-code).name}.")
    return code


async def end_process(process: Process) -> None:
    """Asks a process to end, and kills it if it does not."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(_TERMINATE_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def make_environment(settings: Settings) -> dict[str, str]:
    """Returns the environment in which `serve` has these settings, and no others.

    Not by flags: URLs of databases and SMTP servers hold passwords, and a list of processes shows
    flags.
    """
    inherited = {name: it for name, it in os.environ.items() if not name.startswith(_PREFIX)}
    given = msgspec.structs.asdict(settings)
    ours = {f"{_PREFIX}{name.upper()}": it for name, it in given.items() if it is not None}
    return inherited | {name: str(it) for name, it in ours.items()}


def _read_error_line(log: Path) -> str:
    """Returns the error line that a command has printed."""
    last = log.read_text(errors="replace").strip().rpartition("\n")[2]
    return last.removeprefix("deskwire-server: ")


async def _wait_for_exit(process: Process) -> str:
    code = await process.wait()
    cause = f"killed by {Signals(-code).name}" if code < 0 else f"exit code {code}"
    return f"The demo's server has ended ({cause})."


async def _read_addresses(process: Process, log: Path) -> DemoAddresses:
    """Returns the addresses once it is ready. Raises CannotListen with its error message."""
    line = await process.stdout.readline() if process.stdout else b""
    if not line:
        raise CannotListen(_read_error_line(log) or "The server did not start.")
    return msgspec.json.decode(line, type=DemoAddresses)
