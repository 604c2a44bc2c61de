"""Markdown as the generated parts of the documentation have it."""

from collections.abc import Iterable, Sequence


def draw_markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with a line for each row, without an end of line."""
    return "\n".join(_draw_line(row) for row in (heads, ["---"] * len(heads), *rows))


def _draw_line(cells: Sequence[str]) -> str:
    return "".join(["|", *(f" {cell} |" if cell else " |" for cell in cells)])


def quote_codes(texts: Iterable[str]) -> str:
    """The texts between backquotes, with blanks between them."""
    return " ".join(f"`{text}`" for text in texts)
