"""The stage: a served desk in a temporary folder, all of which goes when the block ends."""

import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from server.demo import terminal
from server.private_files import open_private
from server.serving import CannotServe
from server.settings import Settings

_PREFIX: Final = "DESKWIRE_"
"""Environment variables that are settings of ours begin with it."""

_PATIENCE: Final = 10.0
"""Seconds that somebody who was asked to end may take."""


class Killed(Exception):
    """The workstation was ended by a signal, and could not tidy up."""


@asynccontextmanager
async def folder() -> AsyncIterator[Path]:
    """A folder that is gone afterwards, whatever lies in it."""
    with tempfile.TemporaryDirectory(prefix="deskwire-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@asynccontextmanager
async def server(settings: Settings, place: Path) -> AsyncIterator[asyncio.Task[str]]:
    """A server in a process of its own; the task is its REST address. Raises CannotServe."""
    log = place / "server.log"
    flags = ["-m", "server.demo.leash", str(place), "serve"]
    with open_private(log) as complaints:
        # In a session of its own: ctrl+c on the terminal is the demo's to hear.
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *flags,
            stdin=PIPE,
            stdout=PIPE,
            stderr=complaints,
            start_new_session=True,
            env=make_environment(settings),
        )
    ready = asyncio.create_task(_address(process, log))
    try:
        yield ready
    finally:
        ready.cancel()
        await end(process)


async def workstation(environment: Mapping[str, str]) -> int:
    """The workstation on this terminal, until it leaves; answers its exit code."""
    with terminal.kept():
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tui", env={**os.environ, **environment}
        )
        try:
            code = await process.wait()
        finally:
            await end(process)
        if code < 0:
            raise Killed(-code)
        return code


async def end(process: Process) -> None:
    """Asks a process to end, and insists if it does not."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()


def make_environment(settings: Settings) -> dict[str, str]:
    """Returns the environment in which `serve` has these settings, and no others.

    URLs of databases and relays hold passwords, and everybody who lists processes reads flags.
    """
    inherited = {name: it for name, it in os.environ.items() if not name.startswith(_PREFIX)}
    given = msgspec.structs.asdict(settings)
    ours = {f"{_PREFIX}{name.upper()}": it for name, it in given.items() if it is not None}
    return inherited | {name: str(it) for name, it in ours.items()}


def _last_words(log: Path) -> str:
    """The line with which a command says why it cannot."""
    last = log.read_text(errors="replace").strip().rpartition("\n")[2]
    return last.removeprefix("deskwire-server: ") or "The server did not start."


async def _address(process: Process, log: Path) -> str:
    """Where it is reached, once it says so. Raises CannotServe with what it complained of."""
    line = await process.stdout.readline() if process.stdout else b""
    if not line:
        raise CannotServe(_last_words(log))
    address: str = msgspec.json.decode(line)["http"]
    return address
