"""The workstation on a pseudo-terminal, as its user starts it."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import child
from benchmarks.desk_process import ORG, PASSWORD

ROWS, COLUMNS = 40, 120


class Screen:
    """The workstation's terminal: keys in, its output out."""

    def __init__(self, descriptor: int, pid: int) -> None:
        self._descriptor = descriptor
        self._written = b""
        self.pid = pid
        self.byte_count = 0
        self.last_byte = 0.0
        """The moment at which the newest output came."""

    def press(self, keys: str) -> float:
        """Types keys; what was painted before is no longer waited for. Returns the moment."""
        self.read_until_quiet(0)
        self._written = b""
        moment = time.perf_counter()
        os.write(self._descriptor, keys.encode())
        return moment

    def wait_for(self, text: str, seconds: float = 15) -> float:
        """The moment at which the text has been painted, since the last text waited for."""
        until = time.perf_counter() + seconds
        while text.encode() not in self._written:
            if not self._read(until - time.perf_counter()):
                raise RuntimeError(f"never painted: {text}; but: {self._written[-2000:]!r}")
        self._written = self._written.partition(text.encode())[2]
        return self.last_byte

    def read_until_quiet(self, seconds: float) -> float:
        """Reads on until nothing came for so long; returns the moment of the last byte."""
        while self._read(seconds):
            pass
        return self.last_byte

    def watch(self, seconds: float) -> None:
        """Read on for a while, so that the workstation never waits for its terminal."""
        until = time.perf_counter() + seconds
        while self._read(until - time.perf_counter()):
            pass

    def _read(self, seconds: float) -> bool:
        if not select.select([self._descriptor], [], [], max(0.0, seconds))[0]:
            return False
        received = os.read(self._descriptor, 65536)
        self.last_byte = time.perf_counter()
        self.byte_count += len(received)
        self._written += received
        return True


@contextmanager
def workstation(server: str, email: str, home: Path, root: Path = child.ROOT) -> Iterator[Screen]:
    """The workstation of one agent; its files stay in `home`.

    `root` is the checkout whose workstation it is.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "--server", server, "--org", str(ORG), "--email", email],
        cwd=root,
        env=_make_environment(home),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Screen(ours, process.pid)
    finally:
        child.end(process)
        os.close(ours)


def _make_environment(home: Path) -> dict[str, str]:
    """Returns variables that give an agent folders of their own."""
    folders = {name: str(home / name) for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    caches = {name: str(home / name) for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME")}
    terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "DESKWIRE_PASSWORD": PASSWORD}
    return {**os.environ, **child.BYTECODE, **folders, **caches, **terminal, "HOME": str(home)}
