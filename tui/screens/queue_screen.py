"""The queue: tabs of tickets, live; the home of the agent."""

from typing import ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget

from common.wire import TicketView
from tui.keys import Context, bindings
from tui.messages.requests import More, Say, ShowTicket
from tui.model.context import Station
from tui.model.queues import Tab
from tui.model.split import Position, Split, arrange
from tui.model.split_file import load_split, save_split
from tui.model.store import Change
from tui.screens.filtered_list import NarrowedScreen
from tui.widgets.panes import Panes
from tui.widgets.preview import Preview
from tui.widgets.ticket_table import TicketTable

FIXED_LINES: Final = 5
"""Tabs, the line below the list, toast, keys, state."""


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
        self.panes = Panes(Vertical(self.heads, self.table, id="list"), self.preview)
        self.split = load_split()

    def body(self) -> list[Widget]:
        """Tabs, panes, and the line that says what part of the queue is shown."""
        return [self.tabs, self.panes, self.rule, self.filter_bar]

    def on_mount(self) -> None:
        self.filter_bar.end()
        self.table.has_news = self.station.has_news
        self.table.draft_sign = self.station.draft_sign
        self.table.focus()
        self.begin()

    def store_changed(self, change: Change) -> None:
        """List and preview show what the store believes now."""
        super().store_changed(change)
        if change.everything:
            self._turn_preview()
        elif self.target is not None and self.target.number in change.numbers:
            # Not held any more: a text of it was redacted.
            is_held = self.target.number in self.station.store.messages
            (self.preview.fill if is_held else self.preview.load)()

    def fetch(self) -> None:
        self.preview.load()

    def on_screen_resume(self) -> None:
        self.store_changed(Change(numbers=frozenset(self.station.store.tickets)))

    def tick(self) -> None:
        super().tick()
        self.table.tick()

    # -- the panes

    def begin(self, cursor: int | None = None) -> None:
        """Show the list; its subjects say how wide it is, but not while one types a filter."""
        if not self.filter_bar.is_typing:
            self.table.measure(self.listing.tickets())
        super().begin(cursor)
        if not self.filter_bar.is_typing:
            self._arrange()

    def on_resize(self) -> None:
        super().on_resize()
        self._arrange()

    def _arrange(self) -> None:
        """Gives the list what its subjects need, and the preview what is left."""
        width, height = self.size.width, max(self.size.height - FIXED_LINES, 0)
        if self.panes.lay_out(arrange(self.split, width, height, self.table.content)):
            self._turn_preview()
            if not self.preview.display and self.preview.has_focus_within:
                self.table.focus()

    def action_grow(self, step: int) -> None:
        """Move the border between list and preview."""
        before = self.panes.place
        if before.position is Position.OFF:
            self.refuse("There is no preview: P shows it.")
            return
        self._choose(self.split.moved(step, before))
        if self.panes.place == before:
            size = "large" if step > 0 else "small"
            self.refuse(f"The preview is as {size} as it can be here.")

    def action_position(self) -> None:
        """Put the preview elsewhere; the last time round, it is placed by itself."""
        self._choose(self.split.turned())
        wish, place = self.split.position, self.panes.place.position
        has_room = wish in {Position.AUTO, place}
        why = "" if has_room else "; there is no room here"
        self.post_message(Say(f"Preview: {wish.words}{why}.", "plain"))

    def _choose(self, split: Split) -> None:
        self.split = split
        self._arrange()
        save_split(split)

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
        lost = self.station.unsaved
        fate = f"{lost} cannot be saved and will be LOST" if lost else "kept on disk"
        self._ask(f"{words} unsent ({fate}). Leave?", lambda yes: self.app.exit() if yes else None)

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
