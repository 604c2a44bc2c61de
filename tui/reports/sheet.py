"""A sheet of text with numbers that the cursor can be on: plain data, no drawing."""

from collections.abc import Hashable, Iterable, Sequence

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

StyledText = tuple[str, str]
"""A text, and the name of its style."""


class Spot(Struct, frozen=True):
    """The place of a number. `is_column`: it is a chart's column, and marked from below."""

    cell: Hashable
    x: int
    y: int
    width: int
    is_column: bool = False


class SheetNumber(Struct, frozen=True):
    """A text that is a number for the cursor; the blanks around it are not part of it."""

    cell: Hashable
    text: str
    style: str = "plain"
    is_column: bool = False


class Sheet:
    """Lines, the numbers on them in reading order, and the first lines of chapters."""

    def __init__(self) -> None:
        self.lines: list[list[StyledText]] = []
        self.spots: list[Spot] = []
        self.chapters: list[int] = []

    def write_line(self, *parts: StyledText | SheetNumber) -> None:
        """Adds a line."""
        line: list[StyledText] = []
        x = 0
        for part in parts:
            text, style = (part.text, part.style) if isinstance(part, SheetNumber) else part
            if isinstance(part, SheetNumber) and text.strip():
                inset = len(text) - len(text.lstrip())
                width = cell_len(text.strip())
                self.spots.append(
                    Spot(part.cell, x + inset, len(self.lines), width, part.is_column)
                )
            line.append((text, style))
            x += cell_len(text)
        self.lines.append(line)

    def begin_chapter(self, title: str, says: str = "") -> None:
        """Begins a chapter."""
        self.chapters.append(len(self.lines))
        self.write_line((f" {title}", "strong"), (f"  {says}" if says else "", "dim"))

    def append_sheet(self, other: "Sheet") -> None:
        """Goes on with another sheet."""
        top = len(self.lines)
        self.lines += other.lines
        self.spots += [_move_spot(spot, 0, top) for spot in other.spots]
        self.chapters += [top + line for line in other.chapters]

    def find_spot(self, cell: Hashable) -> int | None:
        """Returns the index of this cell's spot."""
        found = (place for place, spot in enumerate(self.spots) if spot.cell == cell)
        return next(found, None)

    def move_by_lines(self, place: int, lines: int) -> int:
        """Returns the spot so many lines above or below, nearest in its line."""
        rows = sorted({spot.y for spot in self.spots})
        here = self.spots[place]
        row = rows[max(0, min(rows.index(here.y) + lines, len(rows) - 1))]
        there = [place for place, spot in enumerate(self.spots) if spot.y == row]
        return min(there, key=lambda other: (_horizontal_distance(self.spots[other], here), other))

    def move_by_chapter(self, place: int, step: int) -> int:
        """Returns the first spot of the next chapter, or of the one before."""
        firsts = sorted({self._first_spot(line) for line in self.chapters} - {-1})
        if not firsts:
            return place
        if step > 0:
            return next((first for first in firsts if first > place), firsts[0])
        return next((first for first in reversed(firsts) if first < place), firsts[-1])

    def _first_spot(self, line: int) -> int:
        end = min((other for other in self.chapters if other > line), default=len(self.lines))
        found = (place for place, spot in enumerate(self.spots) if line <= spot.y < end)
        return next(found, -1)


def join_side_by_side(sheets: Sequence[Sheet], width: int) -> Sheet:
    """The sheets side by side, each in so many cells."""
    merged = Sheet()
    height = max((len(sheet.lines) for sheet in sheets), default=0)
    for y in range(height):
        rows = [sheet.lines[y] if y < len(sheet.lines) else [] for sheet in sheets]
        merged.lines.append([part for row in rows for part in _pad_row(row, width)])
    merged.spots = sorted(
        (
            _move_spot(spot, place * width, 0)
            for place, sheet in enumerate(sheets)
            for spot in sheet.spots
        ),
        key=lambda spot: (spot.y, spot.x),
    )
    merged.chapters = sorted({line for sheet in sheets for line in sheet.chapters})
    return merged


def _pad_row(row: Iterable[StyledText], width: int) -> list[StyledText]:
    kept: list[StyledText] = []
    room = width
    for text, style in row:
        taken = min(cell_len(text), room)
        if taken:
            kept.append((set_cell_size(text, taken), style))
            room -= taken
    return [*kept, (" " * room, "plain")]


def _move_spot(spot: Spot, x: int, y: int) -> Spot:
    return Spot(spot.cell, spot.x + x, spot.y + y, spot.width, spot.is_column)


def _horizontal_distance(one: Spot, other: Spot) -> int:
    return abs(2 * one.x + one.width - 2 * other.x - other.width)
