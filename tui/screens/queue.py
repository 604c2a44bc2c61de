"""The queue: tabs of tickets, live; the home of the agent."""

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from common.wire import TicketView
from tui.intents import More, ShowTicket
from tui.keys import Context, bindings
from tui.queues import Tab
from tui.screens.narrowing import NarrowedScreen
from tui.station import Station
from tui.store import Change
from tui.widgets.preview import Preview
from tui.widgets.ticket_table import TicketTable


class QueueScreen(NarrowedScreen):
    """Tabs, the list, and beside it, where there is room, what the selected ticket says."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Context.QUEUE),
        *bindings(Context.VERBS),
        *bindings(Context.SELF),
    ]

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.preview = Preview(station)

    def body(self) -> list[Widget]:
        """Tabs, panes, and the line that says what part of the queue is shown."""
        left = Vertical(self.heads, self.table, id="list")
        panes = Horizontal(left, self.preview, id="panes")
        return [self.tabs, panes, self.rule, self.filter_bar]

    def on_mount(self) -> None:
        self.filter_bar.end()
        self.table.has_news = self.station.has_news
        self.table.has_draft = self.station.has_draft
        self.table.focus()
        self.begin()

    def store_changed(self, change: Change) -> None:
        """List and preview show what the store believes now."""
        super().store_changed(change)
        if change.everything:
            self._turn_preview()
        elif self.target is not None and self.target.number in change.numbers:
            self.preview.fill()

    def fetch(self) -> None:
        self.preview.load()

    def on_screen_resume(self) -> None:
        self.store_changed(Change(numbers=frozenset(self.station.store.tickets)))

    def tick(self) -> None:
        super().tick()
        self.table.tick()

    # -- the list's own keys

    def action_tab(self, name: str) -> None:
        """Show another queue; its cursor is where it was left."""
        self.listing.leave(self.table.rows.chosen)
        cursor = self.listing.enter(Tab(name))
        self.filter_bar.end()
        self.begin(cursor)

    def action_turn(self, step: int) -> None:
        tabs = list(Tab)
        self.action_tab(tabs[(tabs.index(self.listing.tab) + step) % len(tabs)])

    def action_open(self) -> None:
        """Open the selected ticket."""
        if self.target is None:
            self.refuse("No ticket is selected.")
        else:
            self.table.rows.choose()
            self.post_message(ShowTicket(self.target.number))

    def action_unread(self, step: int) -> None:
        """Move to the next ticket with news."""
        rows = self.table.rows
        place = rows.place(rows.cursor) or 0
        around = (rows.tickets[place + 1 :] + rows.tickets[:place])[::step]
        found = next((ticket for ticket in around if self.station.has_news(ticket)), None)
        if found is None:
            self.refuse("Nothing new waits for you in this list.")
        else:
            self.table.stand_on(found.number)

    def action_pane(self) -> None:
        """Between the list and what is beside it."""
        is_beside = self.table.has_focus and bool(self.preview.size)
        self.table.rows.choose()
        (self.preview.conversation if is_beside else self.table).focus()

    def action_leave(self) -> None:
        """Up and out: first out of a search, then out of the program."""
        if self.listing.found is not None or self.listing.text:
            self.action_clear()
        else:
            self._leave()

    def _leave(self) -> None:
        drafts = self.station.unsent
        if not drafts:
            self.app.exit()
            return
        words = "1 draft is" if drafts == 1 else f"{drafts} drafts are"
        self._ask(
            f"{words} unsent (kept on disk). Leave?", lambda yes: self.app.exit() if yes else None
        )

    def compose_message(self, kind: str, ticket: TicketView) -> None:
        """Open the ticket and start writing."""
        self.post_message(ShowTicket(ticket.number, kind))

    # -- messages of the list

    @on(TicketTable.Moved)
    def _moved(self) -> None:
        self.show_keys()
        self._turn_preview()

    def _turn_preview(self) -> None:
        self.preview.turn_to(self.table.rows.cursor)

    @on(TicketTable.Clicked)
    def _clicked(self) -> None:
        self.action_open()

    @on(TicketTable.NearEnd)
    def _ask_for_more(self) -> None:
        self.post_message(More(self.listing.tab))
