"""What the agent was told, newest first: from here to the tickets, and what has been read."""

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from common.wire import TicketView
from tui.keys import Context, bindings
from tui.messages.requests import MarkRead, ShowTicket
from tui.model.context import Station
from tui.model.store import Change
from tui.screens.ticket_actions import VerbScreen
from tui.widgets.fixed_line import Line, Part
from tui.widgets.notification_list import Entry, NoticeList


class NoticesScreen(VerbScreen):
    """The list, and how much of it is unread."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Context.NOTICES),
        *bindings(Context.SELF),
    ]

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.heading = Line(id="notices-title")
        self.notices = NoticeList()

    def body(self) -> list[Widget]:
        return [self.heading, self.notices]

    @property
    def target(self) -> TicketView | None:
        entry = self.notices.selected
        return self.station.store.tickets.get(entry.notice.ticket.number) if entry else None

    @property
    def home(self) -> Widget:
        return self.notices

    def contexts(self) -> tuple[Context, ...]:
        return (Context.NOTICES,)

    def on_screen_resume(self) -> None:
        self.notices.focus()
        self.fill()

    def fill(self) -> None:
        """Show what is on the board now."""
        board = self.station.board
        personal = f", {board.personal} for you" if board.personal else ""
        count = f" · {board.unread} unread{personal}" if board.unread else " · all read"
        style = "warn" if board.unread else "dim"
        parts: list[Part] = [(" Notifications", "strong"), (count, style)]
        self.heading.say(parts, [("newest first ", "dim")])
        self.notices.show(board.notices)
        self.show_state()

    def store_changed(self, change: Change) -> None:
        """Tickets alone have changed: the board is told by itself."""
        if change.people or change.everything:
            self.show_state()

    def fetch(self) -> None:
        """The line is back, and with it the inbox is read: nothing to ask for."""

    def compose_message(self, kind: str, ticket: TicketView) -> None:
        """Open the ticket and start writing."""
        self.post_message(ShowTicket(ticket.number, kind))

    # -- keys

    def action_open(self) -> None:
        """Open the ticket that it is about."""
        entry = self._selected()
        if entry is not None:
            self.post_message(ShowTicket(entry.notice.ticket.number))

    def action_mark(self) -> None:
        """This one and all older ones have been read."""
        entry = self._selected()
        if entry is not None:
            self.post_message(MarkRead(entry.number))

    def action_mark_all(self) -> None:
        """All have been read that are here."""
        self.post_message(MarkRead(self.station.board.newest))

    def action_copy_name(self) -> None:
        """Copies number and subject of the ticket that it is about, be it loaded or not."""
        entry = self._selected()
        if entry is not None:
            self.copy_name(entry.notice.ticket.number, entry.notice.ticket.subject)

    def action_leave(self) -> None:
        self.dismiss()

    def action_notices(self) -> None:
        """The key that opens it closes it."""
        self.dismiss()

    def _selected(self) -> Entry | None:
        entry = self.notices.selected
        if entry is None:
            self.refuse("Nothing has been told to you yet.")
        return entry

    @on(NoticeList.Clicked)
    def _clicked(self) -> None:
        self.action_open()
