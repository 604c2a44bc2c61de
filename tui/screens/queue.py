"""The queue: tabs of tickets, live; the home of the agent."""

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget

from common.wire import TicketView
from tui.intents import More, Read, Search, ShowTicket
from tui.keys import Context, bindings
from tui.queues import Tab
from tui.screens.listing import Listing
from tui.screens.verbs import VerbScreen
from tui.station import Station
from tui.store import Change
from tui.widgets import lines
from tui.widgets.conversation import Conversation
from tui.widgets.filter_bar import SEARCH, FilterBar
from tui.widgets.line import Line, Rule
from tui.widgets.ticket_table import TicketTable

_PREVIEW_DELAY = 0.15
"""A cursor that runs through the list should not load every ticket it passes."""


class QueueScreen(VerbScreen):
    """Tabs, the list, and beside it, where there is room, what the selected ticket says."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Context.QUEUE),
        *bindings(Context.VERBS),
    ]

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.listing = Listing(station.store)
        self.tabs = Line(id="tabs")
        self.heads = Line(id="heads")
        self.table = TicketTable(station.store.tickets)
        self.preview = Conversation(id="preview")
        self.preview_title = Line(id="preview-title")
        self.rule = Rule(id="rule")
        self.filter_bar = FilterBar()
        self._preview_timer: Timer | None = None

    def body(self) -> list[Widget]:
        """Tabs, panes, and the line that says what part of the queue is shown."""
        left = Vertical(self.heads, self.table, id="list")
        right = Vertical(self.preview_title, self.preview, id="beside")
        return [self.tabs, Horizontal(left, right, id="panes"), self.rule, self.filter_bar]

    def on_mount(self) -> None:
        super().on_mount()
        self.filter_bar.end()
        self.table.has_news = self.station.has_news
        self.table.focus()
        self.begin()

    @property
    def target(self) -> TicketView | None:
        """The ticket under the cursor, as the store believes it now."""
        selected = self.table.selected
        return self.station.store.tickets.get(selected.number, selected) if selected else None

    def contexts(self) -> tuple[Context, ...]:
        """The filter's keys while one types, the list's otherwise."""
        if self.filter_bar.is_typing:
            return (Context.FILTER,)
        return (Context.QUEUE, Context.VERBS)

    # -- what is shown

    def begin(self, cursor: int | None = None) -> None:
        """Show the list from its start, or from the ticket given."""
        self.table.me = self.station.me
        self.table.by_change = self.listing.is_by_change
        self.table.empty = self.listing.emptiness(is_loaded=self.station.actor is not None)
        tickets = self.listing.tickets()
        self.table.has_more = self.listing.has_more(len(tickets))
        self.table.start(tickets, cursor)
        self.show_heads()
        self.show_lines()

    def store_changed(self, change: Change) -> None:
        """Rows come, go and change; the cursor stays with its ticket."""
        if change.everything:
            cursor = self.table.rows.cursor
            self.begin(cursor)
            self._preview_soon()
            return
        selected = self.target
        hold = selected is None or not self.station.attention.is_own(selected)
        tickets = self.listing.tickets()
        self.table.update_tickets(tickets, change.numbers, hold=hold)
        self.table.has_more = self.listing.has_more(len(tickets))
        self.show_lines()
        if selected is not None and selected.number in change.numbers:
            self._show_preview()

    def on_screen_resume(self) -> None:
        self.store_changed(Change(numbers=frozenset(self.station.store.tickets)))

    def tick(self) -> None:
        super().tick()
        self.table.tick()

    def show_lines(self) -> None:
        """Say anew what stands above and below the list."""
        tab = self.listing.tab if self.listing.found is None else None
        self.tabs.say(lines.tabs(tab, self.station.store.counts, self.size.width))
        found = self.listing.summary(len(self.table.rows))
        self.rule.say(*lines.rule(found, self.listing.text, self.table.news_outside))
        self.filter_bar.count(found)
        self.show_state()

    # -- the list's own keys

    def action_tab(self, name: str) -> None:
        """Show another queue; its cursor is where it was left."""
        self.listing.leave(self.table.rows.cursor)
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
            self.post_message(ShowTicket(self.target.number))

    def action_unread(self, step: int) -> None:
        """Move to the next ticket with news."""
        tickets, place = self.table.rows.tickets, self.table.rows.place(self.table.rows.cursor) or 0
        order = (
            tickets[place + 1 :] + tickets[:place]
            if step > 0
            else (tickets[place + 1 :] + tickets[:place])[::-1]
        )
        found = next((ticket for ticket in order if self.station.has_news(ticket)), None)
        if found is None:
            self.refuse("Nothing new waits for you in this list.")
        else:
            self.table.stand_on(found.number)

    def action_pane(self) -> None:
        """Between the list and what is beside it."""
        beside = self.preview if self.table.has_focus else self.table
        if beside.focusable:
            beside.focus()

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

    # -- filter and search

    def action_filter(self) -> None:
        """Type a filter."""
        self.listing.leave(self.table.rows.cursor)
        self.filter_bar.begin()
        self.rule.display = False
        self.show_keys()

    def action_clear(self) -> None:
        """No filter, no search: the whole queue again, the cursor still on its ticket."""
        if self.listing.text or self.listing.found is not None:
            self._show_whole(self.table.rows.cursor)

    def _show_whole(self, cursor: int | None) -> None:
        self.filter_bar.end()
        self.rule.display = True
        self.table.focus()
        self.listing.enter(self.listing.tab)
        self.begin(cursor)

    @on(FilterBar.Changed)
    def _filter_changed(self) -> None:
        text = self.filter_bar.text
        if not text.startswith(SEARCH):
            self.listing.text = text
            self.begin()

    @on(FilterBar.Accepted)
    def _filter_accepted(self) -> None:
        text = self.filter_bar.text
        self.filter_bar.end()
        self.rule.display = True
        self.table.focus()
        words = text.removeprefix(SEARCH).strip()
        if text.startswith(SEARCH) and words:
            self.post_message(Search(words))
        self.begin()

    @on(FilterBar.Cleared)
    def _filter_cleared(self) -> None:
        self._show_whole(self.listing.enter(self.listing.tab))

    def show_found(self, words: str, numbers: list[int]) -> None:
        """Show what the server's search has found."""
        self.listing.text, self.listing.searched, self.listing.found = "", words, numbers
        self.begin()

    # -- messages of the list

    @on(TicketTable.Moved)
    def _moved(self) -> None:
        self.show_keys()
        self._preview_soon()

    @on(TicketTable.Clicked)
    def _clicked(self) -> None:
        self.action_open()

    @on(TicketTable.Reshaped)
    def show_heads(self) -> None:
        """Say what the columns are."""
        head = "WHEN" if self.listing.is_by_change else "AGE"
        self.heads.say([(self.table.columns.heads(head), "dim")])

    @on(TicketTable.NearEnd)
    def _ask_for_more(self) -> None:
        self.post_message(More(self.listing.tab))

    # -- the preview

    def _preview_soon(self) -> None:
        if self._preview_timer is not None:
            self._preview_timer.stop()
        self._preview_timer = self.set_timer(_PREVIEW_DELAY, self._load_preview)

    def _load_preview(self) -> None:
        if self.has_class("-two") or self.has_class("-roomy"):
            self._show_preview()
            self.fetch()

    def fetch(self) -> None:
        """Fetch what the preview shows, if there is one."""
        is_shown = self.has_class("-two") or self.has_class("-roomy")
        if is_shown and self.target is not None and not self.station.link.is_away:
            self.post_message(Read(self.target.number))

    def _show_preview(self) -> None:
        ticket, store = self.target, self.station.store
        if ticket is None:
            self.preview.show(None, None)
            self.preview_title.say([])
            return
        self.preview_title.say([(f" #{ticket.number} {ticket.subject}", "strong")])
        messages = store.messages.get(ticket.number)
        older = store.older.get(ticket.number) is not None
        self.preview.show(
            ticket,
            messages,
            has_older=older,
            new_after=self.station.seen(ticket),
            me=self.station.me,
        )
