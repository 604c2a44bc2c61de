"""The part of the queue that a list shows: a tab or a saved view, a filter on it, or a search."""

from typing import Final

from common.filters.filter_format import format_filter
from common.filters.filter_parser import parse_filter, parse_typed_filter
from common.filters.filter_terms import FilterError, TicketFilter
from common.ticket_columns import ListOrder, TicketColumn
from common.wire import TicketView
from tui.keys import label_command
from tui.model.list_settings import ColumnList, ListSettings
from tui.model.numbered_list import NumberedList
from tui.model.queue_counts import count_tab_tickets
from tui.model.queues import NO_FILTER, ListPlace, ListSource, Tab
from tui.model.search_query import SearchScope
from tui.model.store import Store
from tui.model.view_filters import find_source, is_resolved_only
from tui.model.view_library import ViewLibrary, format_tab_number
from tui.text import column_words, formatting


class ListScope:
    """The agent's view of the queue, and the cursor's place in each tab."""

    def __init__(self, store: Store, views: ViewLibrary) -> None:
        self._store, self._views = store, views
        self.place: ListPlace = Tab.OPEN
        self.kept: dict[str, ListSettings] = {}
        """The columns and orders that the agent has chosen on this machine, by the list's key."""
        self._tried: ListSettings | None = None
        self.text = ""
        self.wanted = NO_FILTER
        """The filter that is typed, and as it is understood."""
        self.is_redefining = False
        """Returns whether the text is a new filter for the view, not one on its tickets."""
        self.searched = SearchScope("", ())
        self.found: list[int] | None = None
        self.has_more_found = False
        """Returns whether the server has found more than what it has sent."""
        self._cursors: dict[ListPlace, int | None] = {}

    # -- the list

    def list_tickets(self) -> NumberedList[TicketView]:
        """Returns the tickets that the list shows now, in its order."""
        if self.found is None:
            wanted = NO_FILTER if self.is_redefining else self.wanted
            return self._store.lists.arrange_list(self.source, wanted, self.order)
        held = (self._store.tickets.get(number) for number in self.found)
        matches = self._store.lists.build_matcher(self.wanted)
        return NumberedList.list_all(one for one in held if one is not None and matches(one))

    @property
    def source(self) -> ListSource:
        """The tickets among which the list filters."""
        if self.is_redefining:
            return find_source(self.wanted)
        if isinstance(self.place, Tab):
            return ListSource(self.place)
        return self._views.find_source(self.place) or ListSource(Tab.OPEN)

    @property
    def is_paged(self) -> bool:
        """Returns whether the list comes from the server page by page; search results are whole."""
        return self.source.is_paged and self.found is None

    @property
    def needs_first_page(self) -> bool:
        """Returns whether no page of this list has been loaded in its order."""
        return self.is_paged and not self._store.lists.has_pages(self.source, self.order)

    @property
    def has_more(self) -> bool:
        """Returns whether the server has more of this list than is loaded."""
        return self.is_paged and not self._store.lists.is_complete(self.source, self.order)

    # -- filter and search

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

    def begin_redefining(self, text: str) -> None:
        """Types a new filter for the view; its tickets are shown meanwhile."""
        self.type_filter(text)
        self.is_redefining = True

    def show_found(self, searched: SearchScope, found: list[int], *, has_more: bool) -> None:
        """Shows what the server's search has found."""
        self.text, self.wanted, self.searched, self.found = "", NO_FILTER, searched, found
        self.has_more_found = has_more

    def remember_cursor(self, cursor: int | None) -> None:
        """Remembers where the cursor stood."""
        if not self.text and self.found is None:
            self._cursors[self.place] = cursor

    def select_place(self, place: ListPlace) -> int | None:
        """Looks at a whole tab or view. Answers where the cursor stood in it."""
        self.place, self.text, self.wanted, self.found = place, "", NO_FILTER, None
        self.is_redefining, self._tried = False, None
        return self._cursors.get(place)

    # -- columns and order

    @property
    def key(self) -> str:
        """The name by which the choice for this list is kept on this machine."""
        if isinstance(self.place, Tab):
            return self.place.value
        org_id = self._store.me.org_id if self._store.me else 0
        return f"{org_id}/{self.place}"

    @property
    def settings(self) -> ListSettings:
        """The columns and the order that were chosen for this list: on trial, here, in the view."""
        if self._tried is not None:
            return self._tried
        kept = self.kept.get(self.key)
        if kept is None and not isinstance(self.place, Tab) and self.place in self._views.views:
            return self._views.find_settings(self.place)
        return kept or ListSettings()

    def try_settings(self, settings: ListSettings | None) -> None:
        """Shows a choice that is not kept yet; None: what is kept."""
        self._tried = settings

    def keep_settings(self, settings: ListSettings | None) -> None:
        """Keeps a choice for this list on this machine; None: there is none."""
        self._tried = None
        if settings is None or settings == ListSettings():
            self.kept.pop(self.key, None)
        else:
            self.kept[self.key] = settings

    @property
    def columns(self) -> ColumnList:
        """The chosen columns; none: the program's."""
        return self.settings.known_columns

    @property
    def order(self) -> ListOrder:
        """The order of the list's tickets."""
        chosen = self.settings.order
        if chosen is None or (self.source.is_paged and chosen.column not in SERVER_ORDERS):
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

    # -- words

    @property
    def list_name(self) -> str:
        """The name of the list, as its tab says it."""
        if isinstance(self.place, Tab):
            return self.place.capitalize()
        view = self._views.views.get(self.place)
        return f"“{view.name}”" if view else "the view"

    def count_place(self, place: ListPlace) -> int | None:
        """Returns the number of tickets of a tab or view; None: it is not known."""
        if isinstance(place, Tab):
            return count_tab_tickets(place, self._store.queue_counts)
        return self._views.count_tickets(place, self._store)

    def describe_count(self, shown: int) -> str:
        """Returns `12 of 41`, or the number of tickets."""
        if self.found is not None:
            more = " and more" if self.has_more_found else ""
            return f"{shown}{more} found {self.searched.description}"
        total = None if self.is_redefining else self.count_place(self.place)
        if self.text and not self.is_redefining:
            return f"{shown} of {format_tab_number(max(total or 0, shown))}"
        if shown < (total or 0):
            return f"{shown} of {format_tab_number(total)}"
        more = " and more" if self.has_more and total is None else ""
        return formatting.format_noun_count(shown, "ticket") + more

    def describe_empty_list(self, *, is_loaded: bool, is_offline: bool = False) -> str:
        """Returns the text of an empty list."""
        if not is_loaded or (self.has_more and not self.text):
            later = "OFFLINE: this list is read when the server is back."
            return later if is_offline else "Loading the queue …"
        if self.found is not None and not self.text and self.searched.status_name:
            return f"No {self.searched.status_name} ticket matches. ?words st:all searches all."
        is_among_unresolved = self.found is None and not self.is_paged
        if is_among_unresolved and is_resolved_only(self.wanted):
            key = label_command("queue.tab-all")
            return f"This list has unresolved tickets only. Filter among all tickets: {key}."
        if self.text or self.found is not None:
            return f"Nothing matches. {label_command('queue.clear')} shows everything again."
        if self.place is Tab.MINE:
            key = label_command("queue.tab-unassigned")
            return f"You have no open tickets. Press {key} for unassigned ones."
        return _EMPTY_TEXTS[self.place] if isinstance(self.place, Tab) else _EMPTY_VIEW


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
_EMPTY_VIEW: Final = "No ticket is in this view."
_EMPTY_TEXTS: Final = {
    Tab.UNASSIGNED: "Every open ticket has an agent.",
    Tab.OPEN: "Nothing is open. Enjoy the silence.",
    Tab.RESOLVED: "Nothing is resolved yet.",
    Tab.ALL: "There are no tickets yet.",
}
