"""Lines that scroll; another number of them does not have the screen laid out anew."""

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.widget import Widget

from tui.widgets.selectable import Selectable


class ScrolledLines(ScrollView, Selectable):
    """A widget whose room does not depend on its lines, which it draws by itself."""

    def set_line_count(self, count: int) -> None:
        """Sets how far the lines can be scrolled. What has changed, the caller draws anew."""
        size = Size(0, count)
        if size != self.virtual_size:
            # To Textual another virtual size is another layout, of all widgets of the screen. Here
            # only the scrollbar follows; its appearance is a layout still.
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)

    def repaint_lines(self, first: int, last: int) -> None:
        """Draws the lines from the first to the last anew, as far as they are in sight."""
        top = int(self.scroll_y)
        lines = Region(0, first - top, self.size.width, last - first + 1)
        if shown := lines.intersection(self.size.region):
            self.refresh(shown)
