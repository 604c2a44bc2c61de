"""The terminal after a workstation that could not tidy up: as it was before."""

import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_LEAVE: Final = (
    "\x1b[?1049l"  # the alternate screen
    "\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l"  # the mouse
    "\x1b[?1004l\x1b[?2004l"  # focus and pasting
    "\x1b[<u"  # the keyboard
    "\x1b[0m\x1b[?25h"  # colours and cursor
)


@contextmanager
def kept() -> Iterator[None]:
    """Puts the terminal back if the block is cut short: who was killed restored nothing."""
    before = termios.tcgetattr(sys.stdin)
    try:
        yield
    except BaseException:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        sys.stderr.write(_LEAVE)
        sys.stderr.flush()
        raise
