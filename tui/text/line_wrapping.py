"""Wraps text into lines of so many cells, between words where that is possible."""

import re
from typing import Final

from rich.cells import cell_len, chop_cells

_WORDS: Final = re.compile(r"\s*\S+\s*")
_TAB: Final = "    "


def wrap_text(text: str, width: int) -> list[str]:
    """Returns the text's lines, none wider than `width`; empty lines stay, trailing ones go."""
    return [line for line, _ in wrap_joined(text, width)]


def wrap_joined(text: str, width: int) -> list[tuple[str, str]]:
    """Returns lines as `wrap` does, each with what stood between it and the next one.

    That is a newline, the blanks at which a line was broken, or nothing within a long word.
    """
    lines: list[tuple[str, str]] = []
    for line in text.rstrip().split("\n"):
        *broken, (last, _) = _wrap_line(line.replace("\t", _TAB), max(width, 1)) or [("", "")]
        lines += [*broken, (last, "\n")]
    return lines


def _wrap_line(line: str, width: int) -> list[tuple[str, str]]:
    if cell_len(line) <= width:
        return [(line, "")]
    lines: list[tuple[str, str]] = []
    current = ""
    for word in _WORDS.findall(line):
        if cell_len(current) + cell_len(word.rstrip()) <= width:
            current += word
            continue
        if current:
            lines.append(_split_trailing_blanks(current))
        *full, current = chop_cells(word, width) if cell_len(word.rstrip()) > width else [word]
        lines += [(part, "") for part in full]
    return [*lines, _split_trailing_blanks(current)] if current.strip() else lines


def _split_trailing_blanks(line: str) -> tuple[str, str]:
    kept = line.rstrip()
    return kept, line[len(kept) :]
