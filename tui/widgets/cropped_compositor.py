"""Draws of a screen the lines that have changed; Textual asks every widget for all of its lines."""

from collections.abc import Iterable

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class CroppedCompositor(Compositor):
    """Asks those widgets alone that a change touches, and for the lines that it touches."""

    def _get_renders(
        self, crop: Region | None = None
    ) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """Yields of each widget in the crop the part that is drawn, its clip, and its lines."""
        if crop is None:
            yield from super()._get_renders(crop)
            return
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            part = shown.intersection(crop)
            if part:
                lines = Region(shown.x - region.x, part.y - region.y, shown.width, part.height)
                place = Region(shown.x, part.y, shown.width, part.height)
                yield place, clip, widget.render_lines(lines)
