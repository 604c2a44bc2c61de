"""The commands of `deskwire`, run in this process: a process costs a second of imports."""

import asyncio
import os
import subprocess
import threading
from typing import Any

import msgspec
from click.testing import CliRunner

from tests.support.rest import Caller
from tui.__main__ import main

_COMMAND_LOCK = threading.Lock()
"""A command takes the standard streams of the whole process."""


async def deskwire(
    *arguments: str, env: dict[str, str] | None = None, text: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command that ends by itself, beside the loop, with no variables but these."""
    return await asyncio.to_thread(run_deskwire, *arguments, env=env, text=text)


def run_deskwire(
    *arguments: str, env: dict[str, str] | None = None, text: str | None = None
) -> subprocess.CompletedProcess[str]:
    unset = dict.fromkeys(name for name in os.environ if name.startswith("DESKWIRE_"))
    with _COMMAND_LOCK:
        done = CliRunner().invoke(
            main,
            arguments,
            input=text,
            env={**unset, "DESKWIRE_CONFIG": "/nowhere/config.toml", **(env or {})},
            prog_name="deskwire",
        )
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def acting_as(caller: Caller) -> dict[str, str]:
    """The variables by which a command acts for somebody."""
    return {
        "DESKWIRE_SERVER": caller.http,
        "DESKWIRE_ORG": str(caller.org_id),
        "DESKWIRE_TOKEN": caller.token,
    }


class Shell:
    """Somebody at a command line."""

    def __init__(self, caller: Caller, **env: str) -> None:
        self.env = {**acting_as(caller), **env}

    async def run(self, *arguments: str, text: str | None = None, code: int = 0) -> str:
        """Returns what a command prints; on another code than 0, its one line of complaint."""
        done = await deskwire(*arguments, env=self.env, text=text)
        assert done.returncode == code, done.stderr
        if code == 0:
            return done.stdout
        (line,) = done.stderr.splitlines()
        return line.removeprefix("deskwire: ")

    async def read(self, *arguments: str, **more: Any) -> Any:
        """Returns the JSON that a command prints."""
        return msgspec.json.decode(await self.run(*arguments, "--json", **more))
