"""Saves the split of the panes on disk, and loads it at the next start."""

from pathlib import Path
from typing import Final

from tui.model.preview_split import PaneSplit
from tui.model.state_file import load_state, save_state

_NAME: Final = "panes.json"


def load_split(folder: Path | None = None) -> PaneSplit:
    """Returns the split as it was left; where that cannot be read, as it is at first."""
    return load_state(_NAME, PaneSplit, folder) or PaneSplit()


def save_split(split: PaneSplit, folder: Path | None = None) -> bool:
    """Writes the split for the next start. False: it could not be written."""
    return save_state(_NAME, split, folder)
