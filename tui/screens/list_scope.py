"""The part of the queue that a list shows: a tab, a filter on it, or a search's results."""

from typing import Final

from common.filters.filter_format import format_filter
from common.filters.filter_parser import parse_filter, parse_typed_filter
from common.filters.filter_terms import FilterError, TicketFilter
from common.ticket_columns import ListOrder, TicketColumn
from common.wire import TicketView
from tui.model.list_settings import ColumnList, ListSettings
from tui.model.numbered_list import NumberedList
from tui.model.queues import NO_FILTER, ListSource, Tab
from tui.model.search_query import SearchScope
from tui.model.store import Store
from tui.text import column_words, formatting
from tui.widgets.status_lines import format_tab_count


class ListScope:
    """The agent's view of the queue, and the cursor's place in each tab."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.tab = Tab.OPEN
        self.kept: dict[str, ListSettings] = {}
        """The columns and orders that the agent has chosen, by the name of the tab."""
        self.text = ""
        self.wanted = NO_FILTER
        """The filter that is typed, and as it is understood."""
        self.searched = SearchScope("", ())
        self.found: list[int] | None = None
        self._cursors: dict[Tab, int | None] = {}

    def list_tickets(self) -> NumberedList[TicketView]:
        """Returns the tickets that the list shows now, in its order."""
        if self.found is None:
            return self._store.lists.arrange_list(self.source, self.wanted, self.order)
        held = (self._store.tickets.get(number) for number in self.found)
        matches = self._store.lists.build_matcher(self.wanted)
        return NumberedList.list_all(one for one in held if one is not None and matches(one))

    @property
    def source(self) -> ListSource:
        """The tickets among which the list filters."""
        return ListSource(self.tab)

    def type_filter(self, text: str) -> None:
        """Filters by a text whose last word may be unfinished. Raises FilterError; nothing changes.

        The text is kept as it will be read once it is finished.
        """
        wanted = parse_typed_filter(text)
        self.text, self.wanted = text, wanted

    def accept_filter(self) -> None:
        """Keeps the filter that was typed, in words that say it without a guess."""
        self.text = self.text.strip()
        if self.wanted != _read_finished(self.text):
            self.text = format_filter(self.wanted)

    @property
    def is_paged(self) -> bool:
        """Returns whether the list comes from the server page by page; search results are whole."""
        return self.source.is_paged and self.found is None

    @property
    def settings(self) -> ListSettings:
        """The columns and the order that the agent has chosen for this list."""
        return self.kept.get(self.tab, ListSettings())

    def set_settings(self, settings: ListSettings) -> None:
        """Takes what the agent has chosen for this list."""
        if settings == ListSettings():
            self.kept.pop(self.tab, None)
        else:
            self.kept[self.tab] = settings

    @property
    def list_name(self) -> str:
        """The name of the list, as its tab says it."""
        return self.tab.capitalize()

    @property
    def needs_first_page(self) -> bool:
        """Returns whether no page of this list has been loaded in its order."""
        return self.is_paged and not self._store.lists.has_pages(self.source, self.order)

    @property
    def columns(self) -> ColumnList:
        """The chosen columns; none: the program's."""
        return self.settings.known_columns

    @property
    def order(self) -> ListOrder:
        """The order of the tab's tickets."""
        chosen = self.settings.order
        if chosen is None or self.explain_order_refusal(chosen.column):
            return self.source.default_order
        return chosen

    @property
    def shown_order(self) -> ListOrder | None:
        """The order in which the list is now; None: that of search results."""
        return None if self.found is not None else self.order

    @property
    def order_text(self) -> str:
        """The order of the list, in words."""
        order = self.shown_order
        return "newest first" if order is None else column_words.describe_order(order)

    def explain_order_refusal(self, column: TicketColumn) -> str:
        """Returns why the list cannot be sorted by a column; empty: it can."""
        if self.found is not None:
            return f"This list has its own order: {self.order_text}."
        if self.is_paged and column not in SERVER_ORDERS:
            *first, last = (column_words.COLUMN_NAMES[it] for it in SERVER_ORDERS)
            return f"It comes by page: sort it by {', '.join(first)} or {last}."
        return ""

    def next_order(self) -> ListOrder | None:
        """Returns the next of the usual orders; None where the list has one of its own."""
        if self.found is not None:
            return None
        usual = _PAGED_ORDERS if self.is_paged else _USUAL_ORDERS
        place = usual.index(self.order) + 1 if self.order in usual else 0
        return usual[place % len(usual)]

    def remember_cursor(self, cursor: int | None) -> None:
        """Remembers where the cursor stood."""
        if not self.text and self.found is None:
            self._cursors[self.tab] = cursor

    def select_tab(self, tab: Tab) -> int | None:
        """Looks at a whole tab. Answers where the cursor stood in it."""
        self.tab, self.text, self.wanted, self.found = tab, "", NO_FILTER, None
        return self._cursors.get(tab)

    def show_found(self, searched: SearchScope, found: list[int]) -> None:
        """Shows what the server's search has found."""
        self.text, self.wanted, self.searched, self.found = "", NO_FILTER, searched, found

    def has_more(self, shown: int) -> bool:
        """Returns whether the server has more of this list than is loaded."""
        if not self.is_paged:
            return False
        held = self._store.lists.count_loaded(self.source, self.order) if self.text else shown
        return held < format_tab_count(self.tab, self._store.queue_counts)

    def describe_count(self, shown: int) -> str:
        """Returns `12 of 41`, or the number of tickets."""
        if self.found is not None:
            among = f" among {self.searched.name}" if self.searched.name else ""
            return f"{shown} found for “{self.searched.words}”{among}"
        total = format_tab_count(self.tab, self._store.queue_counts)
        if self.text:
            return f"{shown} of {max(total, shown)}"
        return (
            f"{shown} of {total}"
            if shown < total
            else formatting.format_noun_count(shown, "ticket")
        )

    def describe_empty_list(self, *, is_loaded: bool) -> str:
        """Returns the text of an empty list."""
        if not is_loaded:
            return "Loading the queue …"
        if self.found is not None and not self.text and self.searched.name:
            return f"No {self.searched.name} ticket matches. ?words st:all searches all."
        if self.text or self.found is not None:
            return "Nothing matches. esc shows everything again."
        return _EMPTY_TEXTS[self.tab]


def _read_finished(text: str) -> TicketFilter | None:
    try:
        return parse_filter(text)
    except FilterError:
        return None


SERVER_ORDERS: Final = (
    TicketColumn.UPDATED_AT,
    TicketColumn.CREATED_AT,
    TicketColumn.PRIORITY,
    TicketColumn.SLA_DUE,
)
"""Columns by which the server sorts a list that it gives out page by page."""
_USUAL_ORDERS: Final = (
    ListOrder(TicketColumn.SLA_DUE),
    ListOrder(TicketColumn.PRIORITY, descending=True),
    ListOrder(TicketColumn.CREATED_AT),
)
_PAGED_ORDERS: Final = (
    ListOrder(TicketColumn.UPDATED_AT, descending=True),
    ListOrder(TicketColumn.CREATED_AT, descending=True),
    ListOrder(TicketColumn.PRIORITY, descending=True),
)
_EMPTY_TEXTS = {
    Tab.MINE: "You have no open tickets. Press 2 for unassigned ones.",
    Tab.UNASSIGNED: "Every open ticket has an agent.",
    Tab.OPEN: "Nothing is open. Enjoy the silence.",
    Tab.RESOLVED: "Nothing is resolved yet.",
    Tab.ALL: "There are no tickets yet.",
}
