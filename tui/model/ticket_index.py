"""The orders of the store's tickets: each tab that was asked for, and the newest filter on one."""

from collections.abc import Mapping
from typing import Final

from common.filters.filter_text import build_haystack
from common.ticket_columns import ListOrder
from common.wire import TicketView
from tui.model.queues import SortedTab, Tab, TicketTest
from tui.model.sort_keys import DEPENDS_ON_NAMES
from tui.model.ticket_filter import TypedFilter

_RESORT_OVER: Final = 50
_RESORT_SHARE: Final = 4
"""More tickets at once than this, and than a quarter of all, are sorted rather than placed."""


class TicketIndex:
    """Tabs in order, made when they are first asked for; a change then moves one entry in each."""

    def __init__(self, tickets: Mapping[int, TicketView], me: int | None) -> None:
        """`tickets` are the store's own, as they are now and later; `me` is the agent's id."""
        self._tickets, self._me = tickets, me
        self._tabs: dict[Tab, SortedTab] = {}
        self._filtered: tuple[Tab, ListOrder, str, SortedTab] | None = None
        self._haystacks: dict[int, str] = {}
        self._last_loaded: dict[tuple[Tab, ListOrder], TicketView | None] = {}

    def find_part(self, tab: Tab, order: ListOrder, text: str = "") -> SortedTab:
        """Returns a tab in an order; with a text, the part of it that matches it as a filter."""
        if not text:
            return self._sort_tab(tab, order)
        if self._filtered is None or self._filtered[:3] != (tab, order, text):
            self._filtered = (tab, order, text, self._filter_tab(tab, order, text))
        return self._filtered[3]

    def mark_loaded(self, tab: Tab, order: ListOrder, last: TicketView | None) -> None:
        """Takes the last ticket of the pages that are loaded in an order; None: all are here."""
        self._last_loaded[tab, order] = last

    def has_pages(self, tab: Tab, order: ListOrder) -> bool:
        """Returns whether pages are loaded in this order."""
        return (tab, order) in self._last_loaded

    def list_numbers(self, tab: Tab, order: ListOrder, text: str = "") -> list[int]:
        """Returns the numbers of a part, in its order; of a whole tab, as far as it is loaded."""
        last = None if text else self._last_loaded.get((tab, order))
        return self.find_part(tab, order, text).list_numbers(last)

    def build_matcher(self, text: str) -> TicketTest:
        """Returns the text's filter."""
        wanted = TypedFilter(text, self._me)
        return lambda ticket: wanted.matches(ticket, self._find_haystack(ticket))

    def expect_tickets(self, count: int) -> None:
        """Drops the orders where so many tickets are about to come that sorting is cheaper."""
        if count > max(_RESORT_OVER, len(self._tickets) // _RESORT_SHARE):
            self._tabs.clear()
            self._filtered = None

    def place_ticket(self, old: TicketView | None, new: TicketView) -> None:
        """Puts a ticket where it now belongs; `old` is what it was before."""
        self._haystacks.pop(new.number, None)
        for tab in self._tabs.values():
            tab.place_ticket(old, new)
        if self._filtered is not None:
            self._filtered[3].place_ticket(old, new)

    def change_text(self, ticket: TicketView) -> None:
        """Takes a ticket in which a name has changed: a filter may depend on it, or an order."""
        self._haystacks.pop(ticket.number, None)
        self._filtered = None
        for tab in [*self._tabs]:
            if self._tabs[tab].order.column in DEPENDS_ON_NAMES:
                del self._tabs[tab]

    def _sort_tab(self, tab: Tab, order: ListOrder) -> SortedTab:
        held = self._tabs.get(tab)
        if held is None or held.order != order:
            held = self._tabs[tab] = SortedTab(tab, self._me, self._tickets.values(), order)
        return held

    def _filter_tab(self, tab: Tab, order: ListOrder, text: str) -> SortedTab:
        whole = self._sort_tab(tab, order)
        held = [self._tickets[number] for number in whole.list_numbers()]
        for ticket in held:
            self._find_haystack(ticket)
        found = TypedFilter(text, self._me).filter_tickets(held, self._haystacks)
        return whole.filter_entries({one.number for one in found}, self.build_matcher(text))

    def _find_haystack(self, ticket: TicketView) -> str:
        hay = self._haystacks.get(ticket.number)
        if hay is None:
            hay = self._haystacks[ticket.number] = build_haystack(ticket)
        return hay
