"""Saves the split of the panes on disk, and loads it at the next start."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from platformdirs import user_state_path

from tui.model.preview_split import PaneSplit

_NAME: Final = "panes.json"


def load_split(folder: Path | None = None) -> PaneSplit:
    """Returns the split as it was left; where that cannot be read, as it is at first."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(_split_path(folder).read_bytes(), type=PaneSplit)
    return PaneSplit()


def save_split(split: PaneSplit, folder: Path | None = None) -> bool:
    """Writes the split for the next start. False: it could not be written."""
    path = _split_path(folder)
    unfinished = path.with_suffix(".part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.write_bytes(msgspec.json.encode(split))
        unfinished.replace(path)
    except OSError:
        return False
    return True


def _split_path(folder: Path | None) -> Path:
    return (folder or user_state_path("deskwire", appauthor=False)) / _NAME
