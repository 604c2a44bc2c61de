"""Reports crashes: one line for the agent, the traceback in a file."""

import os
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Final

from platformdirs import user_state_path

_FILE: Final = "last-fault.txt"


def write_crash_report(error: Exception, *, are_drafts_kept: bool) -> str:
    """Writes the traceback to the state folder; returns the line that says where it is."""
    fate = "Drafts are kept." if are_drafts_kept else "A draft could not be saved."
    said = f"deskwire: an error in this program ended it: {error!r}. {fate}"
    with suppress(OSError):
        return f"{said} The details are in {_write_traceback(error)}"
    return said


def _write_traceback(error: Exception) -> Path:
    path = user_state_path("deskwire", appauthor=False) / _FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(traceback.format_exception(error))
    return path
