"""A list that can be narrowed: by a tab, a filter that is typed, or a search on the server."""

from textual import on
from textual.widget import Widget

from common.wire import TicketView
from tui.keys import Context
from tui.messages.requests import Say, Search
from tui.model.context import Station
from tui.model.search_query import Scope, parse_search
from tui.model.store import Change
from tui.screens.list_scope import Listing
from tui.screens.ticket_actions import VerbScreen
from tui.widgets import status_lines
from tui.widgets.filter_bar import SEARCH, FilterBar
from tui.widgets.fixed_line import Line, Rule
from tui.widgets.ticket_table import TicketTable


class NarrowedScreen(VerbScreen):
    """The list, what stands above and below it, and the line that `/` opens."""

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.listing = Listing(station.store)
        self.tabs = Line(id="tabs")
        self.heads = Line(id="heads")
        self.table = TicketTable(station.store.tickets)
        self.rule = Rule(id="rule")
        self.filter_bar = FilterBar()

    @property
    def target(self) -> TicketView | None:
        """The ticket under the cursor, as the store believes it now."""
        selected = self.table.selected
        return self.station.store.tickets.get(selected.number, selected) if selected else None

    @property
    def home(self) -> Widget:
        return self.table

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
        """Rows come, go and change; a cursor that was moved stays with its ticket."""
        if change.everything:
            self.begin(self.table.rows.chosen)
            return
        selected = self.target
        hold = selected is None or not self.station.attention.is_own(selected)
        tickets = self.listing.tickets()
        self.table.update_tickets(tickets, change.numbers, hold=hold)
        self.table.has_more = self.listing.has_more(len(tickets))
        self.show_lines()

    def show_lines(self) -> None:
        """Say anew what stands above and below the list."""
        tab = self.listing.tab if self.listing.found is None else None
        self.tabs.say(status_lines.tabs(tab, self.station.store.counts, self.size.width))
        found = self.listing.summary(len(self.table.rows))
        listing = self.listing
        self.rule.say(
            *status_lines.rule(found, listing.order, listing.text, self.table.news_outside)
        )
        self.filter_bar.count(found)
        self.show_state()

    @on(TicketTable.Reshaped)
    def show_heads(self) -> None:
        """Say what the columns are."""
        head = "WHEN" if self.listing.is_by_change else "AGE"
        self.heads.say([(self.table.columns.heads(head), "dim")])

    def action_sort(self) -> None:
        """Order the list by the next thing; the cursor stays with its ticket."""
        if self.listing.turn():
            self.begin(self.table.rows.chosen)
            self.post_message(Say(f"The list is ordered: {self.listing.order}.", "good"))
        else:
            self.refuse(f"This list has its own order: {self.listing.order}.")

    def action_verb(self, verb: str) -> None:
        """Who acts on the first ticket means it, and not whichever comes first next."""
        self.table.rows.choose()
        super().action_verb(verb)

    # -- filter and search

    def action_filter(self) -> None:
        """Type a filter."""
        self.listing.leave(self.table.rows.chosen)
        self.filter_bar.begin()
        self.rule.add_class("-covered")
        self.show_keys()

    def action_clear(self) -> None:
        """No filter, no search: the whole queue again, the cursor still on its ticket."""
        if self.listing.text or self.listing.found is not None:
            self._show_whole(self.table.rows.chosen)

    def _show_whole(self, cursor: int | None) -> None:
        self.filter_bar.end()
        self.rule.remove_class("-covered")
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
        self.rule.remove_class("-covered")
        self.table.focus()
        scope = parse_search(text.removeprefix(SEARCH), self.listing.tab)
        if text.startswith(SEARCH) and scope.words:
            self.post_message(Search(scope))
        self.begin()

    @on(FilterBar.Cleared)
    def _filter_cleared(self) -> None:
        self._show_whole(self.listing.enter(self.listing.tab))

    def show_found(self, scope: Scope, numbers: list[int]) -> None:
        """Show what the server's search has found."""
        self.listing.text, self.listing.searched, self.listing.found = "", scope, numbers
        self.begin()
