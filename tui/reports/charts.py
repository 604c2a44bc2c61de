"""Draws charts of characters, which can be read without colour."""

from collections.abc import Sequence
from typing import Final

_BAR_GLYPHS: Final = " ▏▎▍▌▋▊▉█"
_COLUMN_GLYPHS: Final = " ▁▂▃▄▅▆▇█"
_EIGHTHS: Final = 8
ABSENT_MARK: Final = "·"
"""The mark of a missing value, which is not the same as 0."""
ZERO_MARK: Final = "_"


def draw_bar(value: float | None, most: float, width: int) -> str:
    """Draws a horizontal bar in at most so many cells. Every share above zero is visible."""
    if not value or most <= 0:
        return ""
    full, part = divmod(_count_eighths(value, most, width), _EIGHTHS)
    return (_BAR_GLYPHS[-1] * full + _BAR_GLYPHS[part]).rstrip()


def draw_columns(values: Sequence[float | None], height: int, thickness: int = 1) -> list[str]:
    """Columns side by side, as lines from the top down, each of `thickness` cells and a gap.

    A 0 and what is absent stand on the lowest line, as signs of their own.
    """
    most = max((value for value in values if value is not None), default=0.0)
    drawn = [_draw_column(value, most, height) for value in values]
    gap = " " if thickness > 1 else ""
    body = max(thickness - 1, 1)
    return ["".join(column[line] * body + gap for column in drawn) for line in range(height)]


def _draw_column(value: float | None, most: float, height: int) -> list[str]:
    if not value:
        return [" "] * (height - 1) + [ABSENT_MARK if value is None else ZERO_MARK]
    full, part = divmod(_count_eighths(value, most, height), _EIGHTHS)
    upwards = _COLUMN_GLYPHS[-1] * full + (_COLUMN_GLYPHS[part] if part else "")
    return list(upwards.ljust(height)[::-1])


def _count_eighths(value: float, most: float, cells: int) -> int:
    return max(1, round(min(value / most, 1) * cells * _EIGHTHS))
