"""The server as its operators run it, and its commands, which most tests run in this process."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from server.__main__ import main
from tests.support.cheap_hashes import CHEAP_MEMORY
from tests.support.forked_program import ForkedProgram
from tests.support.waiting import PATIENCE

HOUSE = Path(__file__).resolve().parents[2]


def deskwire_server(
    *arguments: str, env: dict[str, str] | None = None, text: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command that ends by itself, in this process: a process costs a second of imports.

    On a thread of its own, so that a test may call it while its event loop runs.
    """
    unset = dict.fromkeys(name for name in os.environ if name.startswith("DESKWIRE_"))
    with _COMMAND_LOCK, ThreadPoolExecutor(1) as thread:
        done = thread.submit(
            CliRunner().invoke,
            main,
            arguments,
            input=text,
            env={**unset, **(env or {})},
            prog_name="deskwire-server",
        ).result()
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


_COMMAND_LOCK = threading.Lock()
"""A command takes the standard streams of the whole process."""


def deskwire_server_process(
    *arguments: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command in a process of its own, where a test is about the process."""
    return subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        cwd=HOUSE,
        env={**_environment(), **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def fork_deskwire_server(
    *arguments: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command in a process of its own that has its imports already."""
    with tempfile.TemporaryFile() as complaints:
        child = ForkedProgram(
            "server", arguments, {**_environment(), **(env or {})}, stderr=complaints.fileno()
        )
        printed, code = child.read_output(), child.wait()
        complaints.seek(0)
        return subprocess.CompletedProcess(
            arguments, code, printed.decode(), complaints.read().decode()
        )


class ServerProcess:
    """`deskwire-server serve`, brakes off unless told otherwise, on ports that were free."""

    hash_memory = CHEAP_MEMORY

    def __init__(self, database: str, log: Path, **settings: str | int) -> None:
        self._database = database
        self._settings = {
            "http": "127.0.0.1:0",
            "stream": "tcp://127.0.0.1:0",
            "rate_limit": 0,
            "log_format": "text",
            "files": f"{log.parent / 'files'}",
            **settings,
        }
        self.log = log
        self.http = self.stream = ""
        self._child = self._start()

    def _start(self) -> ForkedProgram:
        given = {"database": self._database, **self._settings}
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
        with self.log.open("ab") as complaints:
            return ForkedProgram(
                "server",
                ["serve", *flags],
                _environment(),
                stderr=complaints.fileno(),
                hash_memory=self.hash_memory,
            )

    def restart(self) -> None:
        """Starts it again after its end, with the same database and ports, until it is ready."""
        self.end()
        self._settings |= {"http": self.http_address, "stream": self.stream}
        self._child = self._start()
        self.ready()

    def ready(self) -> dict[str, Any]:
        """Waits for the line that says so."""
        line = self._child.read_line()
        assert line, f"exit code {self._child.wait()}: {self.log.read_text()[-2000:]}"
        told: dict[str, Any] = json.loads(line)
        self.http, self.stream = told["http"], told["stream"]
        return told

    def has_signal_handlers(self) -> None:
        """Waits until SIGTERM is the server's own to handle (Linux tells in `/proc`)."""
        status, wanted = Path(f"/proc/{self._child.pid}/status"), 1 << (signal.SIGTERM - 1)
        while self._child.poll() is None:
            caught = re.search(r"^SigCgt:\s*(\w+)", status.read_text(), re.MULTILINE)
            if caught and int(caught[1], 16) & wanted:
                return
            # The kernel notifies nobody of this, so it is polled.
            time.sleep(0.01)
        raise AssertionError(self.log.read_text()[-2000:])

    @property
    def http_address(self) -> str:
        """Host and port, as the setting `--http` wants them."""
        return self.http.removeprefix("http://")

    def kill(self) -> None:
        """As if the power went: nothing is finished."""
        self._child.kill()
        self._ended()

    def terminate(self) -> tuple[int, str]:
        """SIGTERM: the exit code, and what else was printed. Not to end is an error."""
        self._child.send_signal(signal.SIGTERM)
        return self.wait()

    def signal(self, number: signal.Signals) -> None:
        self._child.send_signal(number)

    def ask_to_end(self) -> None:
        """SIGTERM, without waiting for it."""
        self._child.send_signal(signal.SIGTERM)

    def wait(self) -> tuple[int, str]:
        """The exit code and what else was printed, once it has ended by itself."""
        return self._ended()

    def _ended(self) -> tuple[int, str]:
        code = self._child.wait(PATIENCE)
        return code, self._child.read_output().decode()

    def end(self) -> None:
        """Whatever the state it is in."""
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        self._child.close()


@contextmanager
def serving(database: str, log: Path, **settings: str | int) -> Iterator[ServerProcess]:
    """A server that is ready, ended with the block; its own troubles are the test's."""
    server = ServerProcess(database, log, **settings)
    try:
        server.ready()
        yield server
    finally:
        server.end()


def child_processes(pid: int) -> list[int]:
    """The processes that a process has started, oldest first (Linux tells in `/proc`)."""
    return [int(it) for it in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _environment() -> dict[str, str]:
    """Ours without anybody's DESKWIRE settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DESKWIRE_")}


_FAILED = re.compile(r"\] [\w ]+ failed\b")


def assert_nothing_failed(log: Path) -> None:
    """Fails where a server's log has an event that ends in "failed": a defect of the program."""
    text = log.read_text()
    found = _FAILED.search(text)
    assert found is None, text[max(found.start() - 200, 0) :][:3000]
