"""The list of notifications, one a line, on the same widget as the list of tickets."""

from collections.abc import Sequence

from msgspec import UNSET, Struct
from textual.strip import Strip

from common.notifications import NoticeView
from tui import clock
from tui.model import inbox
from tui.text import formatting
from tui.widgets.styled_list import StyledList

_TEXT_WIDTH = 24
_TIME_WIDTH = 12


class NotificationRow(Struct, frozen=True):
    """A notification as a row."""

    notice: NoticeView

    @property
    def number(self) -> int:
        """The number by which the cursor stays on a row."""
        return self.notice.id


class NotificationList(StyledList[NotificationRow]):
    """Notifications, newest first; unread ones have a mark and are bold."""

    STYLE_PREFIX = "notification-list"
    BLANK_STYLE = "read"
    STYLE_NAMES = frozenset({"cursor", "mark", "news", "unread", "read", "dim"})

    def __init__(self) -> None:
        super().__init__({})

    def show_notifications(self, notices: Sequence[NoticeView]) -> None:
        """Shows these; the cursor stays with its notice."""
        entries = [NotificationRow(notice) for notice in notices]
        self.update_items(entries, [entry.number for entry in entries], hold=False)

    def draw_line(self, place: int) -> Strip:
        """Draws a notice, or what an empty list says."""
        width = self.line_width
        entries = self.rows.tickets
        if place >= len(entries):
            text = "   You have no notifications yet." if place == 1 and not entries else ""
            return self.build_strip([(text, "dim")], selected=False)
        entry = entries[place]
        selected = entry.number == self.rows.cursor
        return self.build_strip(
            _notification_parts(entry.notice, width, selected=selected), selected=selected
        )


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
