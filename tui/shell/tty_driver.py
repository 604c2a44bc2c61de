"""The terminal driver: Textual's, which also gives the terminal back when the program is ended.

Textual 8.2.8 spins on a terminal that has gone, blocks for ever on a writer that has died, stops
on a byte that is no UTF-8, and leaves mouse reporting in pixels.
"""

import os
import select
import signal
import termios
from codecs import getincrementaldecoder
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from common.terminal_modes import RESTORE_SEQUENCE

_POLL_SECONDS: Final = 0.1
_PIXELS_OFF: Final = "\x1b[?1016l"


class TtyDriver(LinuxDriver):
    """Reads keys from a terminal and paints on it, until either of them ends."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._is_active = self._is_reading = False
        self.is_ending = False
        """Set by a signal: a program that was stopped must not take the terminal again."""

    @property
    def is_closed(self) -> bool:
        """Returns whether the terminal has been closed."""
        try:
            termios.tcgetattr(self.fileno)
        except termios.error:
            return True
        return False

    @property
    def has_unread_keys(self) -> bool:
        """Returns whether keys have been typed that no handler knows of yet."""
        is_readable = bool(select.select([self.fileno], [], [], 0)[0])
        return not self.is_closed and (self._is_reading or is_readable)

    def start_application_mode(self) -> None:
        if not self.is_ending:
            super().start_application_mode()  # type: ignore[no-untyped-call]
            self._is_active = True

    def stop_application_mode(self) -> None:
        if self._is_active:
            super().stop_application_mode()
            self._is_active = False

    def disable_input(self) -> None:
        """Stops reading keys; a program in the background is stopped for touching the terminal."""
        if self._is_active:
            super().disable_input()

    def write(self, data: str) -> None:
        """Writes to the terminal; nothing, once its writer has ended."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().write(data)

    def _disable_mouse_support(self) -> None:
        super()._disable_mouse_support()
        if self._mouse_pixels:
            self.write(_PIXELS_OFF)

    def run_input_thread(self) -> None:
        """Reads keys until the driver stops, or the terminal is closed."""
        parser = XTermParser(self._debug)
        # A terminal may send any byte: one that is no UTF-8 must not end the program.
        decode = getincrementaldecoder("utf-8")("replace").decode
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], _POLL_SECONDS)[0]:
                self._is_reading = True
                read = self._read_bytes()
                if not read:
                    self._hang_up()
                    return
                self._process_messages(parser.feed(decode(read)))
                self._is_reading = False
            self._process_messages(parser.tick())

    def _read_bytes(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""

    def _process_messages(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)

    def _hang_up(self) -> None:
        """Ends the program as SIGHUP does: not every terminal that closes sends one."""
        is_ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        os.kill(os.getpid(), signal.SIGTERM if is_ignored else signal.SIGHUP)

    def detach_streams(self) -> None:
        """Points the standard streams of a closed terminal elsewhere: each write would fail."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)

    def restore_terminal(self) -> None:
        """Restores the terminal at once, past a driver that does not answer any more."""
        if not self._is_active:
            return
        self._is_active = False
        with suppress(termios.error):
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        with suppress(OSError):
            os.write(2, RESTORE_SEQUENCE.encode())
