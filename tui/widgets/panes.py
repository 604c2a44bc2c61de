"""List and preview side by side, or one below the other."""

from textual.containers import Container
from textual.widget import Widget

from tui.model.split import Place, Position


class Panes(Container):
    """Two panes of which the first takes what the second leaves."""

    def __init__(self, first: Widget, second: Widget) -> None:
        super().__init__(first, second, id="panes")
        self._first, self._second = first, second
        self.place = Place(Position.OFF, 0, 0, 0)

    def lay_out(self, place: Place) -> bool:
        """Lays the panes out. False: they are so already."""
        if place == self.place:
            return False
        self.place = place
        is_beside = place.position is Position.RIGHT
        self.styles.layout = "horizontal" if is_beside else "vertical"
        self._second.display = place.position is not Position.OFF
        self._second.set_class(place.position is Position.BELOW, "-below")
        self._first.styles.width = self._first.styles.height = "1fr"
        self._second.styles.width = place.preview if is_beside else "1fr"
        self._second.styles.height = "1fr" if is_beside else place.preview
        return True
