"""The split of the screen between list and preview: by content, or as the agent has set it."""

from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

LIST_LEAST: Final = 44
"""The columns that a row needs to be readable."""
PREVIEW_LEAST: Final = 42
PREVIEW_NARROWEST: Final = 24
"""By itself the preview is not less wide than the first; it can be made so by hand."""
_PREVIEW_EASE: Final = 84
"""Columns beyond which longer lines are no easier to read."""
_LIST_LINES: Final = 6
_PREVIEW_LINES: Final = 6
_BESIDE: Final = 110
_TALL: Final = 28
"""From how many columns on it stands beside the list by itself, from how many lines below it."""
_STEP: Final = 5


class PreviewPosition(StrEnum):
    """The place of the preview; the value is how it is stored."""

    AUTO = "auto"
    RIGHT = "right"
    BELOW = "below"
    OFF = "off"

    @property
    def description(self) -> str:
        return _DESCRIPTIONS[self]


_DESCRIPTIONS: Final = {
    PreviewPosition.AUTO: "where there is room",
    PreviewPosition.RIGHT: "beside the list",
    PreviewPosition.BELOW: "below the list",
    PreviewPosition.OFF: "hidden",
}


class PaneSplit(Struct, frozen=True):
    """The agent's choice; shares are the preview's, in percent, None: by the content."""

    position: PreviewPosition = PreviewPosition.AUTO
    right: int | None = None
    below: int | None = None

    def next_position(self) -> "PaneSplit":
        """Returns the next position; where it is chosen by itself, so is the size again."""
        positions = list(PreviewPosition)
        position = positions[(positions.index(self.position) + 1) % len(positions)]
        return (
            PaneSplit(position)
            if position is PreviewPosition.AUTO
            else replace(self, position=position)
        )

    def resize_preview(self, step: int, place: "PaneLayout") -> "PaneSplit":
        """Returns the preview made larger (1) or smaller (-1) where it stands now."""
        length = place.width if place.position is PreviewPosition.RIGHT else place.height
        share = round(100 * place.preview / max(length, 1)) + step * _STEP
        share = max(_STEP, min(share, 100 - _STEP))
        if place.position is PreviewPosition.RIGHT:
            return replace(self, right=share)
        return replace(self, below=share)


class PaneLayout(Struct, frozen=True):
    """The panes of a screen: where the preview stands, and how many cells it takes."""

    position: PreviewPosition
    preview: int
    width: int
    height: int


class ListExtent(Struct, frozen=True):
    """The extent of the list: columns that show most subjects whole, and all; its rows."""

    most: int
    all: int
    rows: int


def arrange_panes(split: PaneSplit, width: int, height: int, content: ListExtent) -> PaneLayout:
    """Returns where the preview goes in so many columns and lines."""
    position = _choose_position(split.position, width, height)
    if position is PreviewPosition.RIGHT:
        preview = _preview_width(split.right, width, content)
    elif position is PreviewPosition.BELOW:
        preview = _preview_height(split.below, height, content.rows)
    else:
        preview = 0
    return PaneLayout(position, preview, width, height)


def _choose_position(chosen: PreviewPosition, width: int, height: int) -> PreviewPosition:
    """Returns RIGHT, BELOW or OFF: what was chosen where there is room for it at all."""
    fits_beside = width >= LIST_LEAST + PREVIEW_NARROWEST
    fits_below = height >= _LIST_LINES + _PREVIEW_LINES
    if chosen is PreviewPosition.AUTO:
        fits_beside, fits_below = width >= _BESIDE, height >= _TALL
    if fits_beside and chosen in {PreviewPosition.AUTO, PreviewPosition.RIGHT}:
        return PreviewPosition.RIGHT
    if fits_below and chosen in {PreviewPosition.AUTO, PreviewPosition.BELOW}:
        return PreviewPosition.BELOW
    return PreviewPosition.OFF


def _preview_width(share: int | None, width: int, content: ListExtent) -> int:
    if share is None:
        # A short list leaves the preview more, but never the larger part by far. What the preview
        # needs no more to be read with ease shows the longest subjects whole, too.
        ease = min(content.all, width - _PREVIEW_EASE)
        list_columns = max(content.most, ease, LIST_LEAST, width * 2 // 5)
        return min(max(width - list_columns, PREVIEW_LEAST), width - LIST_LEAST)
    return max(PREVIEW_NARROWEST, min(width * share // 100, width - LIST_LEAST))


def _preview_height(share: int | None, height: int, rows: int) -> int:
    if share is None:
        list_lines = max(_LIST_LINES, min(rows + 2, height // 2))
        return height - list_lines
    return max(_PREVIEW_LINES, min(height * share // 100, height - _LIST_LINES))
