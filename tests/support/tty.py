"""A program on a real pseudo-terminal: what is typed, what is written, which modes it leaves on."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from tests.support.forked_program import ForkedProgram
from tests.support.process import HOUSE
from tests.support.waiting import PATIENCE

OFF_AT_REST = (1000, 1003, 1004, 1006, 1015, 1016, 1049, 2004, 2048)
"""Mouse reporting, focus reports, alternate screen, bracketed paste, resize reports."""
ON_AT_REST = (7, 25)
"""Line wrap and cursor."""
_OF_THE_TESTER = ("TMUX", "STY", "COLORTERM", "NO_COLOR", "TERM_PROGRAM", "TEXTUAL_COLOR_SYSTEM")
"""Variables of the terminal in which the tests run: they say nothing of this one."""
_MODE = re.compile(rb"\x1b\[\?(\d+)([hl])")
# A process that is to be told of its terminal's end has it as its controlling one. What the tests
# themselves were told to ignore (by nohup, or in the background of a shell) is not ignored here.
_CONTROLLED = """
import fcntl, os, signal, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_IGN if {ignores_hup} else signal.SIG_DFL)
os.execv({program!r}, {arguments!r})
"""


class Tty:
    """The other end of a pseudo-terminal, and the process on it."""

    def __init__(
        self,
        arguments: list[str],
        env: Mapping[str, str],
        size: tuple[int, int],
        *,
        ignores_hup: bool,
        has_pixels: bool,
    ) -> None:
        self._has_pixels = has_pixels
        self._ours, self.theirs = pty.openpty()
        termios.tcsetwinsize(self.theirs, (size[1], size[0]))
        self.before = termios.tcgetattr(self.theirs)
        self.heard = b""
        self._since = 0
        self.left_on_at_end: dict[str, Any] = {"its end": "never asked for"}
        env = {**_own_environment(), "TERM": "xterm-256color", **env}
        if arguments[0] == "-m":
            self.process: ForkedProgram | subprocess.Popen[bytes] = ForkedProgram(
                arguments[1], arguments[2:], env, terminal=self.theirs, ignores_hup=ignores_hup
            )
        else:
            self.process = self._execute(arguments, env, ignores_hup=ignores_hup)

    def _execute(
        self, arguments: list[str], env: dict[str, str], *, ignores_hup: bool
    ) -> "subprocess.Popen[bytes]":
        code = _CONTROLLED.format(
            ignores_hup=ignores_hup,
            program=sys.executable,
            arguments=[sys.executable, *arguments],
        )
        return subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=HOUSE,
            env=env,
            stdin=self.theirs,
            stdout=self.theirs,
            stderr=self.theirs,
            start_new_session=True,
        )

    def press(self, keys: str | bytes) -> None:
        self._since = len(self.heard)
        os.write(self._ours, keys.encode() if isinstance(keys, str) else keys)

    def wait_for(self, *texts: str | bytes) -> None:
        """Listens until all of these were painted since the last key."""
        wanted = [text.encode() if isinstance(text, str) else text for text in texts]
        while not all(text in self.heard[self._since :] for text in wanted):
            self._listen()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def ends_with(self) -> int:
        """The exit code; the terminal takes what is painted meanwhile."""
        while self.process.poll() is None:
            if select.select([self._ours], [], [], 0.05)[0]:
                self.heard += os.read(self._ours, 65_536)
        while select.select([self._ours], [], [], 0)[0]:
            self.heard += os.read(self._ours, 65_536)
        self.left_on_at_end = self.left_on
        return self.process.wait()

    def stall(self) -> None:
        """Takes no output any more, as after ctrl+s or on a connection that hangs."""
        termios.tcflow(self.theirs, termios.TCOOFF)

    def close(self) -> int:
        """Closes the terminal, as a lost connection does; answers the exit code."""
        os.close(self.theirs)
        os.close(self._ours)
        self._ours = self.theirs = -1
        return self.process.wait(PATIENCE)

    @property
    def left_on(self) -> dict[str, Any]:
        """Returns what is not as it was before the program: empty after an orderly end."""
        modes = {int(number): switch == b"h" for number, switch in _MODE.findall(self.heard)}
        left = {str(it): "on" for it in OFF_AT_REST if modes.get(it)}
        left |= {str(it): "off" for it in ON_AT_REST if not modes.get(it, True)}
        pushed = len(re.findall(rb"\x1b\[>\d*u", self.heard))
        if pushed != self.heard.count(b"\x1b[<u"):
            left["kitty keyboard"] = "on"
        if termios.tcgetattr(self.theirs) != self.before:
            left["line discipline"] = "raw"
        return left

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()
        for handle in (self._ours, self.theirs):
            with suppress(OSError):
                os.close(handle)

    def _listen(self) -> None:
        assert select.select([self._ours], [], [], PATIENCE)[0], self.heard[-2000:]
        heard = os.read(self._ours, 65_536)
        self.heard += heard
        if self._has_pixels and b"\x1b[?2048$p" in heard:
            os.write(self._ours, b"\x1b[?2048;2$y")  # reports of size, and so mouse in pixels


def _own_environment() -> dict[str, str]:
    """Ours, without anybody's settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _OF_THE_TESTER and not name.startswith("DESKWIRE_")
    }


@contextmanager
def on_tty(
    arguments: list[str],
    env: Mapping[str, str] | None = None,
    size: tuple[int, int] = (100, 30),
    *,
    ignores_hup: bool = False,
    has_pixels: bool = True,
) -> Iterator[Tty]:
    """Starts a Python program on a terminal of its own, and ends it with the block.

    A terminal that `has_pixels` is told where the mouse is in pixels, not in cells.
    """
    tty = Tty(arguments, env or {}, size, ignores_hup=ignores_hup, has_pixels=has_pixels)
    try:
        yield tty
    finally:
        tty.end()
