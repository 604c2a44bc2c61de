"""Small files of the agent's choices, in the state folder: read at the start, written at once."""

from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec
from platformdirs import user_state_path

Value = TypeVar("Value")


def load_state(name: str, kind: type[Value], folder: Path | None = None) -> Value | None:
    """Returns what a file holds; None where it cannot be read."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(_state_path(name, folder).read_bytes(), type=kind)
    return None


def save_state(name: str, value: object, folder: Path | None = None) -> bool:
    """Writes a file for the next start. False: it could not be written."""
    path = _state_path(name, folder)
    unfinished = path.with_suffix(".part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.write_bytes(msgspec.json.encode(value))
        unfinished.replace(path)
    except OSError:
        return False
    return True


def _state_path(name: str, folder: Path | None) -> Path:
    return (folder or user_state_path("deskwire", appauthor=False)) / name
