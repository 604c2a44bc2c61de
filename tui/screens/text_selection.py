"""Screens on which text is selected by dragging, within one widget."""

from typing import TypeVar

from textual.geometry import Offset
from textual.screen import Screen
from textual.widget import Widget

from tui.widgets.selectable import Selectable

Result = TypeVar("Result")


class SelectingScreen(Screen[Result]):
    """A screen that selects text of its lines, and never what lies between or beside them."""

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """Returns what a drag begins or ends at; a drag that leaves its widget ends at its edge."""
        widget = self._drag_origin or self._widget_at(x, y)
        if isinstance(widget, Selectable):
            region = widget.content_region
            return widget, widget.place_at(x - region.x, y - region.y)
        # A text field selects by itself, a scroll bar nothing: None would end what is selected.
        return (widget if widget is not None and not widget.allow_select else None), None

    @property
    def _drag_origin(self) -> Widget | None:
        """The widget in which a drag began that is under way."""
        state = self._select_state if self._selecting else None
        return state.start.content_widget if state else None

    def _widget_at(self, x: int, y: int) -> Widget | None:
        found = super().get_widget_and_offset_at(x, y)[0]
        return found if isinstance(found, Widget) else None

    def on_screen_suspend(self) -> None:
        """Ends the selection: what is under another screen may change."""
        self.clear_selection()
