"""Compares two drawings of a line, so that only the cells that changed go to the terminal."""

from rich.style import Style
from textual.strip import Strip

_Cell = tuple[str, Style | None]


def find_changed_cells(old: Strip, new: Strip) -> range:
    """Returns the cells from the first to the last that differ; empty where none does.

    Where a line has characters of two cells, all of it counts as changed: none may be cut in half.
    """
    before, after = _list_cells(old), _list_cells(new)
    if before == after:
        return range(0)
    if len(before) != old.cell_length or len(after) != new.cell_length or len(before) != len(after):
        return range(new.cell_length)
    differing = [
        cell for cell, (one, other) in enumerate(zip(before, after, strict=True)) if one != other
    ]
    return range(differing[0], differing[-1] + 1)


def _list_cells(strip: Strip) -> list[_Cell]:
    return [(letter, segment.style) for segment in strip for letter in segment.text]
