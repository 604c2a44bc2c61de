"""The workstation, on a terminal of its own, over a ticket whose text tries to steer it."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.process import HOUSE
from tests.support.tty import Tty, on_tty

START = f"""
import os, runpy
from tui.shell.terminal_colours import fit_colours
fit_colours(os.environ)
from tui.widgets import toast
toast.TOAST_SECONDS = 3600
runpy.run_path({str(HOUSE / "tests" / "rooms" / "hostile_desk.py")!r}, run_name="__main__")
"""
"""Begins it as `python -m tui` begins the workstation; what it says stays to be read."""
OWN = b"\x1b]22;default\x07"
"""The shape of the mouse pointer, which Textual itself sets."""


@contextmanager
def hostile_tty(width: int, height: int, **environment: str) -> Iterator[Tty]:
    """Starts it, and ends it with the block."""
    with on_tty(["-c", START], environment, (width, height), has_pixels=False) as tty:
        yield tty
