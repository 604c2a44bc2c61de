"""Ends the program on a signal: saves drafts, restores the terminal, sets the exit code."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, Protocol

from tui.shell.tty_driver import TtyDriver

SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
GRACE_SECONDS: Final = 3.0
"""Seconds for an orderly end; after that the program is ended by force."""
_LAST_WORD_SECONDS: Final = 0.5


class EndableProgram(Protocol):
    """The program that ends on a signal."""

    @property
    def tty(self) -> TtyDriver | None: ...

    def keep_drafts(self) -> None: ...

    def end_program(self, exit_code: int, message: str) -> None: ...


class Termination:
    """Ends a program once, on the first signal; later ones change nothing.

    The end is forced where the program does not come to it by itself, because its loop is busy
    or its terminal takes no more output.
    """

    def __init__(self, program: EndableProgram) -> None:
        self._program = program
        self._number: signal.Signals | None = None
        self._has_saved = False

    @property
    def exit_code(self) -> int | None:
        """The exit code of a program that a signal has ended, as shells count it."""
        return None if self._number is None else 128 + self._number

    @contextmanager
    def handle_signals(self) -> Iterator[None]:
        """Handles the signals from here on; those that are ignored stay ignored."""
        for number in SIGNALS:
            # nohup starts a program with SIGHUP ignored, a shell its background jobs with SIGINT.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._handle_signal)
        try:
            yield
        finally:
            if (tty := self._program.tty) is not None:
                tty.restore_terminal()

    def _handle_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._number is not None:
            return
        self._number = signal.Signals(number)
        if (tty := self._program.tty) is not None:
            tty.is_ending = True
        threading.Thread(target=self._force_end, name="termination", daemon=True).start()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise SystemExit(self.exit_code) from None
        # The handler may interrupt anything, even the saving of a draft: the loop does the rest.
        loop.call_soon_threadsafe(self._end_program)

    def _end_program(self) -> None:
        self._save_drafts()
        tty = self._program.tty
        is_gone = tty is not None and tty.is_closed
        if tty is not None and is_gone:
            tty.detach_streams()
        name = "" if self._number is None else self._number.name
        self._program.end_program(
            self.exit_code or 0, "" if is_gone else f"deskwire: ended by {name}."
        )

    def _save_drafts(self) -> None:
        with suppress(OSError):
            self._program.keep_drafts()
        self._has_saved = True

    def _force_end(self) -> None:
        """Ends the program when the grace is over."""
        threading.Event().wait(GRACE_SECONDS)
        if not self._has_saved:
            self._save_drafts()
        if (tty := self._program.tty) is not None:
            _run_with_timeout(_LAST_WORD_SECONDS, tty.restore_terminal)
        os._exit(self.exit_code or 1)


def _run_with_timeout(seconds: float, action: Callable[[], None]) -> None:
    """Runs what may block: a terminal that takes no output blocks whoever writes to it."""
    attempt = threading.Thread(target=action, daemon=True)
    attempt.start()
    attempt.join(seconds)
