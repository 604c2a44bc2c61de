"""Breaking text into lines of so many cells, at words where that is possible."""

import re
from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len, chop_cells

_WORDS: Final = re.compile(r"\s*\S+\s*")
_TAB: Final = "    "


def wrap(text: str, width: int) -> list[str]:
    """The text's lines, none wider than `width`; empty lines stay, trailing ones go."""
    lines: list[str] = []
    for line in text.rstrip().split("\n"):
        lines.extend(_wrapped(line.replace("\t", _TAB), max(width, 1)))
    return lines


def _wrapped(line: str, width: int) -> Iterator[str]:
    if cell_len(line) <= width:
        yield line
        return
    current = ""
    for word in _WORDS.findall(line):
        if cell_len(current) + cell_len(word.rstrip()) <= width:
            current += word
            continue
        if current:
            yield current.rstrip()
        *full, current = chop_cells(word, width) if cell_len(word.rstrip()) > width else [word]
        yield from full
    if current.strip():
        yield current.rstrip()
