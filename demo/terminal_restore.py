"""Restores the terminal if the workstation was killed and could not do it."""

import sys
import termios
from contextlib import suppress
from typing import Any

from common.terminal_modes import RESTORE_SEQUENCE


def read_terminal_modes() -> list[Any]:
    """Returns the line discipline as it is now, for `restore`."""
    return termios.tcgetattr(sys.stdin)


def restore_terminal_modes(modes: list[Any]) -> None:
    """Restores the terminal after a workstation that was killed; nothing, where it has gone."""
    with suppress(termios.error, OSError):
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, modes)
        sys.stderr.write(RESTORE_SEQUENCE)
        sys.stderr.flush()
