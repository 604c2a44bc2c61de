"""A customer's text can neither style nor steer the terminal: seen from the terminal's side."""

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

import pytest

DESK = Path(__file__).with_name("hostile_desk.py")
ROOT = DESK.parents[2]
FORBIDDEN = {
    "a title": b"\x1b]0;",
    "any operating system command": b"\x1b]",
    "a bell": b"\x07",
    "an eight-bit control": "\x9b".encode(),
    "a style of the customer's": b"\x1b[41;5m",
    "a right-to-left override": "\u202e".encode(),
    "an isolate": "\u2066".encode(),
}
OWN = b"\x1b]22;default\x07"
"""The shape of the mouse pointer, which Textual itself sets."""
PATIENCE = 20.0


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
    known = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **environment}
    process = subprocess.Popen(
        [sys.executable, str(DESK)], stdin=theirs, stdout=theirs, stderr=theirs, env=known
    )
    os.close(theirs)
    try:
        yield Terminal(ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_no_byte_of_a_hostile_ticket_reaches_the_terminal(size: tuple[int, int]) -> None:
    with terminal(*size) as screen:
        screen.wait_for(b"LIVE", b"SUBJECT a]0;OWNEDb31mc[41;5mdef[/foo]")
        screen.press(b"r")
        screen.wait_for("REPLY · PUBLIC · to CUSTOMER".encode())
        screen.wait_for(b"DESCRIPTION", b"BODY", b"AUTHOR")
        screen.press(b"\x1b")
        screen.wait_for(b"reopen")
        screen.press(b"x")
        screen.wait_for(b"Resolve #17")
        screen.press(b"n")
        screen.press(b"\x11")
        screen.drain()
    heard = screen.heard.replace(OWN, b"")
    found = [name for name, sequence in FORBIDDEN.items() if sequence in heard]
    assert found == []


def test_without_colour_no_colour_is_written() -> None:
    with terminal(80, 24, NO_COLOR="1") as screen:
        screen.wait_for(b"LIVE", b"SUBJECT")
        screen.press(b"\x11")
        screen.drain()
    assert b"38;2;" not in screen.heard
    assert b"48;2;" not in screen.heard
    assert b"38;5;" not in screen.heard
    assert "▸".encode() in screen.heard
