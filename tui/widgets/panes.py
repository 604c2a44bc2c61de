"""List and preview side by side, or one below the other."""

from textual.containers import Container
from textual.widget import Widget

from tui.model.preview_split import PaneLayout, PreviewPosition


class Panes(Container):
    """Two panes; the first takes the room that the second leaves."""

    def __init__(self, first: Widget, second: Widget) -> None:
        super().__init__(first, second, id="panes")
        self._first, self._second = first, second
        self.place = PaneLayout(PreviewPosition.OFF, 0, 0, 0)

    def lay_out(self, place: PaneLayout) -> bool:
        """Lays the panes out. False: they are so already."""
        if place == self.place:
            return False
        self.place = place
        is_beside = place.position is PreviewPosition.RIGHT
        self.styles.layout = "horizontal" if is_beside else "vertical"
        self._second.display = place.position is not PreviewPosition.OFF
        self._second.set_class(place.position is PreviewPosition.BELOW, "-below")
        self._first.styles.width = self._first.styles.height = "1fr"
        self._second.styles.width = place.preview if is_beside else "1fr"
        self._second.styles.height = "1fr" if is_beside else place.preview
        return True
