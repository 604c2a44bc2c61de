"""A program on a terminal that logs what reaches it: keys, pastes, sizes, its end.

It reads with the workstation's own driver and copies with its own clipboard. `PROBE_LOG` names the
log, a JSON object a line. SIGUSR1 copies a text.
"""

import asyncio
import os
import signal
from typing import Any, ClassVar

import msgspec
from textual import events
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver

from tui.shell.clipboard import Clipboard
from tui.shell.terminal_colours import COLOUR_SYSTEM, NO_COLOUR, fit_colours
from tui.shell.terminal_mouse import has_usable_mouse
from tui.shell.tty_driver import TtyDriver

COPIED = "copied by the probe, é"


class Probe(App[None]):
    """Logs every event of input, before anything else takes it."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self) -> None:
        super().__init__()
        # Opened for as long as the program runs, which may be killed.
        self._log_file = open(os.environ["PROBE_LOG"], "a")  # noqa: SIM115, PTH123 - as said above

    def note(self, **what: Any) -> None:
        self._log_file.write(msgspec.json.encode(what).decode() + "\n")
        self._log_file.flush()

    def get_driver_class(self) -> type[Driver]:
        return TtyDriver

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._copy)
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, self._end, number.name)
        is_plain = NO_COLOUR in os.environ
        self.note(
            ready=os.getpid(),
            term=os.environ.get("TERM", ""),
            colours="none" if is_plain else os.environ.get(COLOUR_SYSTEM, ""),
            size=[self.size.width, self.size.height],
        )

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            self.note(key=event.key)
        elif isinstance(event, events.Paste):
            self.note(paste=len(event.text.splitlines()), characters=len(event.text))
        elif isinstance(event, events.Resize):
            self.note(size=[event.size.width, event.size.height])
            await super().on_event(event)
        else:
            await super().on_event(event)

    def _copy(self) -> None:
        clipboard = Clipboard(os.environ, self._write, lambda text, _kind: self.note(copied=text))
        self._copying = asyncio.create_task(clipboard.copy_text(COPIED))

    def _write(self, sequences: str) -> None:
        if self._driver is not None:
            self._driver.write(sequences)

    def _end(self, name: str) -> None:
        self.note(ended=name)
        self.exit()


if __name__ == "__main__":
    fit_colours(os.environ)
    Probe().run(mouse=has_usable_mouse(os.environ))
