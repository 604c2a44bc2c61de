"""The part of the queue that a list shows: a tab, a filter on it, or a search's results."""

from common.wire import TicketView
from tui.model.numbered_list import NumberedList
from tui.model.queues import PAGED, Sort, Tab
from tui.model.search_query import SearchScope
from tui.model.store import Store
from tui.text import formatting
from tui.widgets.status_lines import format_tab_count


class ListScope:
    """The agent's view of the queue, and the cursor's place in each tab."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.tab = Tab.OPEN
        self.sort = Sort.DUE
        self.text = ""
        self.searched = SearchScope("", ())
        self.found: list[int] | None = None
        self._cursors: dict[Tab, int | None] = {}

    def list_tickets(self) -> NumberedList[TicketView]:
        """Returns the tickets that the list shows now, in its order."""
        if self.found is None:
            return self._store.arrange_tab(self.tab, self.text, self.sort)
        held = (self._store.tickets.get(number) for number in self.found)
        matches = self._store.build_matcher(self.text)
        return NumberedList.list_all(one for one in held if one is not None and matches(one))

    @property
    def is_by_change(self) -> bool:
        """Returns whether the list is ordered by the last change; search results show DUE."""
        return self.tab in PAGED and self.found is None

    @property
    def order(self) -> str:
        """The order of the list, in words."""
        if self.found is not None:
            return "newest first"
        return "last changed first" if self.is_by_change else _ORDER_NAMES[self.sort]

    def change_order(self) -> bool:
        """Orders the list by the next thing. False: it has an order of its own."""
        if self.is_by_change or self.found is not None:
            return False
        sorts = list(Sort)
        self.sort = sorts[(sorts.index(self.sort) + 1) % len(sorts)]
        return True

    def remember_cursor(self, cursor: int | None) -> None:
        """Remembers where the cursor stood."""
        if not self.text and self.found is None:
            self._cursors[self.tab] = cursor

    def select_tab(self, tab: Tab) -> int | None:
        """Looks at a whole tab. Answers where the cursor stood in it."""
        self.tab, self.text, self.found = tab, "", None
        return self._cursors.get(tab)

    def has_more(self, shown: int) -> bool:
        """Returns whether the server has more of this list than is loaded."""
        if self.found is not None or self.tab not in PAGED:
            return False
        held = self._store.count_tab(self.tab, self.sort) if self.text else shown
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


_ORDER_NAMES = {
    Sort.DUE: "next due first",
    Sort.PRIORITY: "urgent first",
    Sort.AGE: "oldest first",
}
_EMPTY_TEXTS = {
    Tab.MINE: "You have no open tickets. Press 2 for unassigned ones.",
    Tab.UNASSIGNED: "Every open ticket has an agent.",
    Tab.OPEN: "Nothing is open. Enjoy the silence.",
    Tab.RESOLVED: "Nothing is resolved yet.",
    Tab.ALL: "There are no tickets yet.",
}
