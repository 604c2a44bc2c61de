"""The list of notifications, one a line, on the same widget as the list of tickets."""

from collections.abc import Sequence
from typing import ClassVar

from msgspec import UNSET, Struct
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from common.notifications import NoticeView
from tui import clock
from tui.model import inbox
from tui.text import formatting
from tui.widgets.cursor_list import CursorList

_STYLES = frozenset({"mark", "news", "unread", "read", "dim"})
_TEXT_WIDTH = 24
_TIME_WIDTH = 12


class NotificationRow(Struct, frozen=True):
    """A notification as a row."""

    notice: NoticeView

    @property
    def number(self) -> int:
        """The number by which the cursor stays on a row."""
        return self.notice.id


class NotificationList(CursorList[NotificationRow]):
    """Notifications, newest first; unread ones have a mark and are bold."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "notification-list--cursor",
        *(f"notification-list--{style}" for style in _STYLES),
    }

    def __init__(self) -> None:
        super().__init__({})

    def show_notifications(self, notices: Sequence[NoticeView]) -> None:
        """Shows these; the cursor stays with its notice."""
        entries = [NotificationRow(notice) for notice in notices]
        self.update_items(entries, [entry.number for entry in entries], hold=False)

    def draw_line(self, place: int) -> Strip:
        """Draws a notice, or what an empty list says."""
        width = self.size.width
        entries = self.rows.tickets
        if place >= len(entries):
            text = "   You have no notifications yet." if place == 1 and not entries else ""
            return self._build_strip([(text, "dim")], width, selected=False)
        entry = entries[place]
        selected = entry.number == self.rows.cursor
        return self._build_strip(
            _notification_parts(entry.notice, width, selected=selected), width, selected=selected
        )

    def _build_strip(self, parts: list[tuple[str, str]], width: int, *, selected: bool) -> Strip:
        segments = [
            Segment(text, self._part_style(name, selected=selected)) for text, name in parts
        ]
        blank = self._part_style("read", selected=selected)
        return Strip(segments).adjust_cell_length(width, blank).simplify()

    def _part_style(self, name: str, *, selected: bool) -> Style:
        cursor = self.get_component_rich_style("notification-list--cursor")
        base = cursor if selected else self.rich_style
        return base + self.get_component_rich_style(f"notification-list--{name}", partial=True)

    def on_resize(self) -> None:
        self.update_virtual_size()
        self._scroll_to_cursor()


def _notification_parts(notice: NoticeView, width: int, *, selected: bool) -> list[tuple[str, str]]:
    style = "read" if notice.read else "unread"
    when = formatting.format_moment(clock.read_server_time(), notice.at).rjust(_TIME_WIDTH)
    words = f"#{notice.ticket.number} {notice.ticket.subject}"
    if notice.text is not UNSET:
        words += f"  “{notice.text}”"
    room = width - _TIME_WIDTH - _TEXT_WIDTH - 6
    return [
        ("▸" if selected else " ", "mark"),
        (" " if notice.read else "●", "news"),
        (f" {when}  ", "dim"),
        (formatting.fit_text(inbox.describe_notification(notice), _TEXT_WIDTH), style),
        (f" {formatting.truncate_text(words, max(room, 8))}", style),
    ]
