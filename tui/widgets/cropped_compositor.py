"""Draws of a screen the lines that have changed; Textual asks every widget for all of its lines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

_Span = tuple[int, int]
"""The first cell of a line that has changed, and the one behind the last."""


class CroppedCompositor(Compositor):
    """Asks those widgets alone that a change touches, and for the lines that it touches."""

    def __init__(self) -> None:
        super().__init__()
        self._changed: Mapping[int, Sequence[_Span]] = {}
        """The cells that a partial update draws, by line; empty: everything is drawn."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Draws what has changed."""
        changed = defaultdict[int, list[_Span]](list)
        for y, first, end in self._regions_to_spans(self._dirty_regions):
            changed[y].append((first, end))
        self._changed = changed
        try:
            return super().render_partial_update()
        finally:
            self._changed = {}

    def _get_renders(
        self, crop: Region | None = None
    ) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """Yields of each widget in the crop the part that is drawn, its clip, and its lines.

        Widgets come from the front to the back: what one of them covers, none behind it draws.
        """
        if not self._changed:
            yield from super()._get_renders(crop)
            return
        covered: list[Region] = []
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            if lines := self._list_changed_lines(shown, covered):
                height = lines[-1] - lines[0] + 1
                part = Region(shown.x - region.x, lines[0] - region.y, shown.width, height)
                place = Region(shown.x, lines[0], shown.width, height)
                yield place, clip, widget.render_lines(part)
            covered.append(shown)

    def _list_changed_lines(self, shown: Region, covered: Sequence[Region]) -> list[int]:
        """Returns the lines of a region, in order, with a change that nothing in front covers."""
        return [
            y
            for y in shown.line_range
            for first, end in self._changed.get(y, ())
            if first < shown.right
            and end > shown.x
            and not _is_covered(y, max(first, shown.x), min(end, shown.right), covered)
        ]


def _is_covered(y: int, first: int, end: int, regions: Iterable[Region]) -> bool:
    return any(
        region.x <= first and end <= region.right and region.y <= y < region.bottom
        for region in regions
    )
