"""The orders of the store's tickets: each list that was asked for, and the newest filter on one."""

from collections.abc import Callable, Container, Mapping
from typing import Final

from common.filters.filter_matching import FilterContext, TicketMatcher
from common.filters.filter_terms import TicketFilter
from common.filters.filter_text import build_haystack
from common.ticket_columns import ListOrder
from common.wire import TicketView
from tui.model.numbered_list import NumberedList
from tui.model.queues import NO_FILTER, ListSource, SortedTickets, TicketTest, is_in_tab
from tui.model.sort_keys import DEPENDS_ON_NAMES
from tui.model.view_filters import depends_on_name, depends_on_time

_RESORT_OVER: Final = 50
_RESORT_SHARE: Final = 4
"""More tickets at once than this, and than a quarter of all, are sorted rather than placed."""


class TicketIndex:
    """Lists in order, made when they are first asked for; a change then moves one entry in each."""

    def __init__(
        self,
        tickets: Mapping[int, TicketView],
        me: int | None,
        read_context: Callable[[], FilterContext],
    ) -> None:
        """`tickets` are the store's own, as they are now and later; `me` is the agent's id."""
        self._tickets, self._me, self._read_context = tickets, me, read_context
        self._lists: dict[ListSource, SortedTickets] = {}
        self._filtered: tuple[ListSource, ListOrder, TicketFilter, SortedTickets] | None = None
        self._haystacks: dict[int, str] = {}
        self._last_loaded: dict[tuple[ListSource, ListOrder], TicketView | None] = {}

    def find_part(
        self, source: ListSource, order: ListOrder, wanted: TicketFilter = NO_FILTER
    ) -> SortedTickets:
        """Returns a list in an order; with a filter, the part of it that matches."""
        if wanted == NO_FILTER:
            return self._sort_list(source, order)
        if self._filtered is None or self._filtered[:3] != (source, order, wanted):
            part = self._filter_list(source, order, wanted)
            self._filtered = (source, order, wanted, part)
        return self._filtered[3]

    def arrange_list(
        self,
        source: ListSource,
        wanted: TicketFilter = NO_FILTER,
        order: ListOrder | None = None,
    ) -> NumberedList[TicketView]:
        """Returns a part's tickets without reading each of them; their order is that of now."""
        order = order or source.default_order
        numbers = self._list_numbers(source, order, wanted)
        highest = self.find_part(source, order, wanted).highest_number
        return NumberedList(numbers, self._tickets, highest)

    def count_list(self, source: ListSource) -> int:
        """Returns the number of a list's tickets that are here, whatever its order is."""
        held = self._lists.get(source)
        return len(held or self._sort_list(source, source.default_order))

    def keep_lists(self, sources: Container[ListSource]) -> None:
        """Drops the lists of saved views that there are no more."""
        for source in [*self._lists]:
            if source.wanted != NO_FILTER and source not in sources:
                del self._lists[source]

    def mark_loaded(self, source: ListSource, order: ListOrder, last: TicketView | None) -> None:
        """Takes the last ticket of the pages that are loaded in an order; None: all are here."""
        self._last_loaded[source, order] = last

    def is_complete(self, source: ListSource, order: ListOrder) -> bool:
        """Returns whether all of a list's tickets are here."""
        name = source, order
        is_read = name in self._last_loaded and self._last_loaded[name] is None
        return not source.is_paged or is_read

    def has_pages(self, source: ListSource, order: ListOrder) -> bool:
        """Returns whether pages are loaded in this order."""
        return (source, order) in self._last_loaded

    def _list_numbers(
        self, source: ListSource, order: ListOrder, wanted: TicketFilter = NO_FILTER
    ) -> list[int]:
        """Returns the numbers of a part, in its order; of a whole list, as far as it is loaded."""
        last = self._last_loaded.get((source, order)) if wanted == NO_FILTER else None
        return self.find_part(source, order, wanted).list_numbers(last)

    def build_matcher(self, wanted: TicketFilter) -> TicketTest:
        """Returns the filter's test, at this moment; docs/filters.md has the language."""
        matcher = TicketMatcher(wanted, self._read_context())
        return lambda ticket: matcher.matches(ticket, self._find_haystack(ticket))

    def expect_tickets(self, count: int) -> None:
        """Drops the orders where so many tickets are about to come that sorting is cheaper."""
        if count > max(_RESORT_OVER, len(self._tickets) // _RESORT_SHARE):
            self._lists.clear()
            self._filtered = None

    def place_ticket(self, old: TicketView | None, new: TicketView) -> None:
        """Puts a ticket where it now belongs; `old` is what it was before."""
        self._haystacks.pop(new.number, None)
        for held in self._lists.values():
            held.place_ticket(old, new)
        if self._filtered is not None:
            self._filtered[3].place_ticket(old, new)

    def change_text(self, ticket: TicketView) -> None:
        """Takes a ticket in which a name has changed: a filter may depend on it, or an order."""
        self._haystacks.pop(ticket.number, None)
        self._filtered = None
        for source in [*self._lists]:
            order = self._lists[source].order
            if order.column in DEPENDS_ON_NAMES or depends_on_name(source.wanted):
                del self._lists[source]

    def pass_time(self) -> bool:
        """Drops what a filter by time found some time ago. False: there is nothing of the kind."""
        aged = [source for source in self._lists if depends_on_time(source.wanted)]
        for source in aged:
            del self._lists[source]
        is_filtered = self._filtered is not None and (
            depends_on_time(self._filtered[2]) or depends_on_time(self._filtered[0].wanted)
        )
        if is_filtered:
            self._filtered = None
        return bool(aged) or is_filtered

    def _sort_list(self, source: ListSource, order: ListOrder) -> SortedTickets:
        held = self._lists.get(source)
        if held is None or held.order != order:
            is_paged, test = source.is_paged, self._build_test(source)
            held = SortedTickets(test, self._tickets.values(), order, is_paged=is_paged)
            self._lists[source] = held
        return held

    def _build_test(self, source: ListSource) -> TicketTest:
        tab, me = source.tab, self._me
        if source.wanted == NO_FILTER:
            return lambda ticket: is_in_tab(tab, ticket, me)
        matches = self.build_matcher(source.wanted)
        return lambda ticket: is_in_tab(tab, ticket, me) and matches(ticket)

    def _filter_list(
        self, source: ListSource, order: ListOrder, wanted: TicketFilter
    ) -> SortedTickets:
        whole = self._sort_list(source, order)
        held = [self._tickets[number] for number in whole.list_numbers()]
        for ticket in held:
            self._find_haystack(ticket)
        matcher = TicketMatcher(wanted, self._read_context())
        found = matcher.filter_tickets(held, self._haystacks)
        return whole.filter_entries({one.number for one in found}, self.build_matcher(wanted))

    def _find_haystack(self, ticket: TicketView) -> str:
        # A ticket that is tested before it is taken has its own words, not those of the former.
        hay = self._haystacks.get(ticket.number)
        if hay is None:
            hay = self._haystacks[ticket.number] = build_haystack(ticket)
        return hay
