"""Lays a table out for a terminal, or as lines with tabs for a program."""

import os
import shutil
import sys
from collections.abc import Sequence
from typing import Final, Literal

import click
from msgspec import Struct

from tui.text import formatting

_GAP: Final = 2
_LEAST_FLEXIBLE: Final = 12
Style = Literal["", "strong", "dim", "good", "warn", "bad"]
_STYLES: Final[dict[str, dict[str, object]]] = {
    "strong": {"bold": True},
    "dim": {"dim": True},
    "good": {"fg": "green"},
    "warn": {"fg": "yellow"},
    "bad": {"fg": "red", "bold": True},
}


class Cell(Struct, frozen=True):
    """A text in a table, and its style. Colour never says what the text does not."""

    text: str
    style: Style = ""


class Column(Struct, frozen=True):
    """A column: its head, the side it is flush with, and whether it gives way in a narrow line."""

    head: str
    is_right: bool = False
    is_flexible: bool = False


class _Mode:
    """The way in which tables are printed; the line desk changes it."""

    is_linear = False


def use_lines() -> None:
    """Prints each row as one sentence from now on, without colours: for screen readers."""
    _Mode.is_linear = True


def is_linear() -> bool:
    """Returns whether rows are sentences."""
    return _Mode.is_linear


def has_terminal() -> bool:
    """Returns whether people read the output, not a program."""
    return sys.stdout.isatty()


def has_colours() -> bool:
    """Returns whether the output may be styled: https://no-color.org."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return has_terminal() and not (is_plain or _Mode.is_linear)


def terminal_width() -> int:
    """Returns the width of the terminal in cells; `COLUMNS` goes before what it says."""
    return shutil.get_terminal_size((100, 24)).columns


def style_text(text: str, style: Style) -> str:
    """Returns the text with its style where the terminal has styles."""
    return click.style(text, **_STYLES[style]) if style and has_colours() else text  # type: ignore[arg-type]


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
    """Prints rows in columns; to a program without heads, cut nowhere, with tabs between."""
    if _Mode.is_linear:
        for row in rows:
            click.echo(_describe_row(columns, row))
        return
    if not has_terminal():
        for row in rows:
            click.echo("\t".join(cell.text.replace("\t", " ") for cell in row))
        return
    widths = fit_widths(columns, rows, terminal_width())
    heads = [Cell(column.head, "dim") for column in columns]
    for row in [heads, *rows]:
        line = (" " * _GAP).join(
            _draw_cell(cell, column, width)
            for cell, column, width in zip(row, columns, widths, strict=True)
        )
        click.echo(line.rstrip())


def _describe_row(columns: Sequence[Column], row: Sequence[Cell]) -> str:
    """Returns `number 17, status open`, without what is empty."""
    parts = (
        f"{column.head.lower()} {cell.text}" if column.head else cell.text
        for column, cell in zip(columns, row, strict=True)
        if cell.text not in {"", "-"}
    )
    return ", ".join(parts)


def fit_widths(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int) -> list[int]:
    """Returns the widths of the columns: flexible ones share what is missing."""
    widths = [
        max([formatting.measure_text(it) for it in (column.head, *(row[at].text for row in rows))])
        for at, column in enumerate(columns)
    ]
    excess = sum(widths) + _GAP * (len(columns) - 1) - width
    flexible = [at for at, column in enumerate(columns) if column.is_flexible]
    while excess > 0 and any(widths[at] > _LEAST_FLEXIBLE for at in flexible):
        widest = max(flexible, key=lambda at: widths[at])
        widths[widest] -= 1
        excess -= 1
    return widths


def _draw_cell(cell: Cell, column: Column, width: int) -> str:
    text = formatting.fit_text(cell.text, width)
    if column.is_right:
        bare = formatting.truncate_text(cell.text, width)
        text = " " * (width - formatting.measure_text(bare)) + bare
    return style_text(text, cell.style)
