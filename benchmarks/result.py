"""The result of a figure, and the table of them all."""

from collections.abc import Sequence
from math import isnan

from msgspec import Struct

HEADS = ("figure", "ours", "peer", "result", "limit", "")


class Result(Struct, frozen=True, kw_only=True):
    """One line of the table: a value that must not pass its limit."""

    figure: str
    value: float
    limit: float
    at_least: bool = False
    unit: str = ""
    ours: str = ""
    peer: str = ""

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def is_measured(self) -> bool:
        return not isnan(self.value)

    def cells(self) -> tuple[str, ...]:
        sign = "≥" if self.at_least else "≤"
        value, limit = _told(self.value, self.unit), _told(self.limit, self.unit)
        verdict = "ok" if self.holds else "MISS"
        return self.figure, self.ours, self.peer, value, f"{sign} {limit}", verdict


def _told(value: float, unit: str) -> str:
    return f"{value:.2f}{unit}" if unit == "x" else f"{value:.3g} {unit}".strip()


def table(results: Sequence[Result]) -> str:
    rows = [HEADS, *(result.cells() for result in results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return "  ".join(cells).rstrip()
