"""Our programs in processes of their own, forked from one that has imported them already.

A start costs a second of CPU for imports. Here one process pays it, for each worker of the tests.
All else is as `python -m NAME` makes it: process, session, environment, standard streams, signals;
but for the cost of password hashes, and for how long a job waits for the database.
"""

import fcntl
import multiprocessing
import os
import runpy
import signal
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from multiprocessing import reduction
from typing import Any, BinaryIO

from msgspec import Struct

from tests.support.cheap_hashes import CHEAP_MEMORY, use_cheap_hashes
from tests.support.patient_jobs import use_patient_jobs

_PRELOADED = [
    "server.__main__", "server.cli.serve_command", "server.run",
    "demo.command", "demo.simulation", "tui.__main__", "tui.shell.app",
]  # fmt: skip
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([*_PRELOADED, __name__])


class Handle:
    """A file of this process that the new one inherits."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _take_handle, (reduction.DupFd(self.number),)


def _take_handle(copied: Any) -> Handle:
    return Handle(copied.detach())


class Start(Struct, frozen=True):
    """Describes what the new process is to run, and where."""

    program: str
    arguments: tuple[str, ...]
    env: dict[str, str]
    is_on_terminal: bool
    ignores_hup: bool
    hash_memory: int


class ForkedProgram:
    """`python -m PROGRAM ARGUMENTS`, as `subprocess.Popen` would start it in its own session."""

    def __init__(
        self,
        program: str,
        arguments: Sequence[str],
        env: Mapping[str, str],
        *,
        stderr: int | None = None,
        terminal: int | None = None,
        ignores_hup: bool = False,
        hash_memory: int = CHEAP_MEMORY,
    ) -> None:
        """Starts it on a terminal, or with a pipe for its output. Both take open files' numbers."""
        start = Start(
            program,
            tuple(arguments),
            dict(env),
            is_on_terminal=terminal is not None,
            ignores_hup=ignores_hup,
            hash_memory=hash_memory,
        )
        self._stdout: BinaryIO | None = None
        null = os.open(os.devnull, os.O_RDWR)
        opened = [null]
        if terminal is not None:
            handles = (terminal, terminal, terminal)
        else:
            read, write = os.pipe()
            opened.append(write)
            self._stdout = os.fdopen(read, "rb")
            handles = (null, write, null if stderr is None else stderr)
        try:
            self._process = _FORKS.Process(
                target=_run_program, args=(start, *map(Handle, handles)), daemon=True
            )
            self._process.start()
        finally:
            for number in opened:
                os.close(number)
        assert self._process.pid is not None
        self.pid = self._process.pid

    def read_line(self) -> str:
        """Returns the next line that it prints; empty: it has ended."""
        assert self._stdout is not None
        return self._stdout.readline().decode()

    def read_output(self) -> bytes:
        """Returns what else it prints until its end."""
        assert self._stdout is not None
        with self._stdout as printed:
            return printed.read()

    def close(self) -> None:
        """Reads no more of what it prints."""
        if self._stdout is not None:
            self._stdout.close()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Returns the exit code; that of a signal is negative. Raises TimeoutError."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise TimeoutError(f"{self.pid} is still running after {timeout} seconds")
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _run_program(start: Start, *handles: Handle) -> None:
    """Makes a fresh process of a forked one, and runs the program in it."""
    os.setsid()
    for number, handle in enumerate(handles):
        os.dup2(handle.number, number)
    for number in {handle.number for handle in handles}:
        os.close(number)
    if start.is_on_terminal:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    _reset_signals(start)
    _reopen_streams()
    os.environ.clear()
    os.environ.update(start.env)
    time.tzset()
    use_cheap_hashes(start.hash_memory)
    use_patient_jobs()
    sys.argv = [start.program, *start.arguments]
    sys.modules.pop(f"{start.program}.__main__", None)
    runpy.run_module(start.program, run_name="__main__", alter_sys=True)


def _reset_signals(start: Start) -> None:
    """Lets nothing of what the tests themselves were told to ignore be ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN if start.ignores_hup else signal.SIG_DFL)


def _reopen_streams() -> None:
    """Has Python's standard streams fit the files behind them, as at its start."""
    streams = {
        "stdin": os.fdopen(0, closefd=False),
        "stdout": os.fdopen(1, "w", closefd=False),
        "stderr": os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False),
    }
    for name, stream in streams.items():
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
