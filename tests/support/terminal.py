"""A pseudo-terminal with the workstation in it: what is typed, what is written to it."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
DESK = ROOT / "tests" / "rooms" / "hostile_desk.py"
"""The workstation over one ticket, whose text tries to steer the terminal."""
START = f"""
import os, runpy
from tui.terminal import fit_colours
fit_colours(os.environ)
runpy.run_path({str(DESK)!r}, run_name="__main__")
"""
"""Begins it as `python -m tui` begins the workstation."""
OWN = b"\x1b]22;default\x07"
"""The shape of the mouse pointer, which Textual itself sets."""
PATIENCE = 20.0
_OF_THE_TESTER = ("TMUX", "STY", "COLORTERM", "NO_COLOR", "TERM_PROGRAM", "TEXTUAL_COLOR_SYSTEM")
"""Variables of the terminal in which the tests run: they say nothing of this one."""


class Terminal:
    """The other end of a pseudo-terminal."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.heard = b""
        self._since = 0

    def press(self, keys: bytes) -> None:
        self._since = len(self.heard)
        os.write(self._handle, keys)

    def wait_for(self, *texts: bytes) -> None:
        """Listen until all of these were said since the last key."""
        while not all(text in self.heard[self._since :] for text in texts):
            ready, _, _ = select.select([self._handle], [], [], PATIENCE)
            assert ready, self.heard[-2000:]
            self.heard += os.read(self._handle, 65_536)

    def drain(self) -> None:
        """Listen until the other end hangs up."""
        with suppress(OSError):
            while chunk := os.read(self._handle, 65_536):
                self.heard += chunk


@contextmanager
def terminal(width: int, height: int, **environment: str) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    known = {name: value for name, value in os.environ.items() if name not in _OF_THE_TESTER}
    known |= {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **environment}
    process = subprocess.Popen(
        [sys.executable, "-c", START], stdin=theirs, stdout=theirs, stderr=theirs, env=known
    )
    os.close(theirs)
    try:
        yield Terminal(ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
