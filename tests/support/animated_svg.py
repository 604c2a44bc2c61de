"""A recorded session as one SVG: screens below each other, moved past a window by its own style.

It holds no script and fetches nothing, so that a page may show it as a picture. A line that several
screens share is drawn once.
"""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import Final

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

CELL: Final = (9.6, 20.0)
"""Width and height of a cell, in units of the picture, for letters of 16 units."""
_MARGIN: Final = 12
_CAPTION_HEIGHT: Final = 34
_FOREGROUND, _BACKGROUND = "#d0d7de", "#14181d"

Line = tuple[Segment, ...]


class Frame(Struct, frozen=True):
    """A screen, the seconds for which it stands, and the sentence below it."""

    lines: tuple[Line, ...]
    seconds: float
    caption: str


def draw_animation(frames: Sequence[Frame], columns: int) -> str:
    """Returns the SVG of the frames, played again and again.

    Who asks for less motion (`prefers-reduced-motion`) sees the first frame.
    """
    rows = max(len(frame.lines) for frame in frames)
    width, height = columns * CELL[0], rows * CELL[1] + _CAPTION_HEIGHT
    lines = {line: f"l{n}" for n, line in enumerate(_list_unique_lines(frames))}
    outer = f"{width + 2 * _MARGIN:g} {height + 2 * _MARGIN:g}"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {outer}" role="img">',
            f"<title>{_write_title(frames)}</title>",
            f"<style>{_write_style(frames, height)}</style>",
            "<defs>",
            *(f'<g id="{name}">{_draw_line(line)}</g>' for line, name in lines.items()),
            "</defs>",
            f'<rect width="100%" height="100%" rx="8" fill="{_BACKGROUND}"/>',
            f'<svg x="{_MARGIN}" y="{_MARGIN}" width="{width:g}" height="{height:g}">',
            f'<g class="film" fill="{_FOREGROUND}">',
            *(_draw_frame(frame, n * height, lines) for n, frame in enumerate(frames)),
            "</g>",
            "</svg>",
            "</svg>",
            "",
        )
    )


def _list_unique_lines(frames: Iterable[Frame]) -> list[Line]:
    return list(dict.fromkeys(line for frame in frames for line in frame.lines))


def _write_title(frames: Iterable[Frame]) -> str:
    """Returns what is played, for readers who do not see it."""
    return escape(" · ".join(dict.fromkeys(frame.caption for frame in frames)))


def _write_style(frames: Sequence[Frame], height: float) -> str:
    total = sum(frame.seconds for frame in frames)
    steps, begun = [], 0.0
    for n, frame in enumerate(frames):
        steps.append(f"{100 * begun / total:.3f}%{{transform:translateY({-n * height:g}px)}}")
        begun += frame.seconds
    return (
        # No shorthand, no color: either would win over what a single text says of itself.
        "text{font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:16px;"
        "white-space:pre}"
        ".caption{font-family:'DejaVu Sans',Helvetica,Arial,sans-serif;font-size:15px}"
        f".film{{animation:play {total:g}s step-end infinite}}"
        f"@keyframes play{{{''.join(steps)}}}"
        "@media (prefers-reduced-motion:reduce){.film{animation:none}}"
    )


def _draw_frame(frame: Frame, top: float, lines: dict[Line, str]) -> str:
    used = (
        f'<use href="#{lines[line]}" y="{row * CELL[1]:g}"/>'
        for row, line in enumerate(frame.lines)
    )
    below = len(frame.lines) * CELL[1] + _CAPTION_HEIGHT - 8
    caption = f'<text class="caption" y="{below:g}">{escape(frame.caption)}</text>'
    return f'<g transform="translate(0 {top:g})">{"".join(used)}{caption}</g>'


def _draw_line(line: Line) -> str:
    backgrounds, texts, column = [], [], 0
    for style, group in groupby(line, key=lambda segment: segment.style or Style.null()):
        text = "".join(segment.text for segment in group)
        x, cells = column * CELL[0], cell_len(text)
        column += cells
        front, back = _pick_colors(style)
        width = f"{cells * CELL[0]:g}"
        if back != _BACKGROUND:
            backgrounds.append(
                f'<rect x="{x:g}" width="{width}" height="{CELL[1]:g}" fill="{back}"/>'
            )
        if text.strip():
            texts.append(
                f'<text x="{x:g}" y="15" textLength="{width}"{_write_font(style, front)}>'
                f"{escape(text)}</text>"
            )
    return "".join([*backgrounds, *texts])


def _pick_colors(style: Style) -> tuple[str, str]:
    front = style.color.get_truecolor().hex if style.color else _FOREGROUND
    back = style.bgcolor.get_truecolor().hex if style.bgcolor else _BACKGROUND
    return (back, front) if style.reverse else (front, back)


def _write_font(style: Style, front: str) -> str:
    color = f' fill="{front}"' if front != _FOREGROUND else ""
    bold = ' font-weight="bold"' if style.bold else ""
    underlined = ' text-decoration="underline"' if style.underline else ""
    return f"{color}{bold}{underlined}"
