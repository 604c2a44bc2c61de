"""The lists of the queue: which tickets are in each, and how they are kept in order."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterable
from enum import StrEnum
from typing import Final

from msgspec import Struct

from common.filters.filter_terms import TicketFilter
from common.ticket_columns import ListOrder, TicketColumn
from common.tickets.ticket import UNRESOLVED, Status
from common.wire import TicketView
from tui.model.sort_keys import choose_sort_key

TicketTest = Callable[[TicketView], bool]
NO_FILTER: Final = TicketFilter()


class Tab(StrEnum):
    """One queue. `open` is everything unresolved, in progress included."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    OPEN = "open"
    RESOLVED = "resolved"
    ALL = "all"


ListPlace = Tab | int
"""A tab of the program's, or a saved view by its id."""
BY_DUE: Final = ListOrder(TicketColumn.SLA_DUE)
BY_CHANGE: Final = ListOrder(TicketColumn.UPDATED_AT, descending=True)
PAGED: Final = frozenset({Tab.RESOLVED, Tab.ALL})
"""Tabs that a snapshot does not fill: their tickets are loaded by page, on demand."""


class ListSource(Struct, frozen=True):
    """The tickets of a list: a tab's, or those of them that a saved view's filter finds."""

    tab: Tab
    wanted: TicketFilter = NO_FILTER

    @property
    def is_paged(self) -> bool:
        """Returns whether the server gives the list out page by page."""
        return self.tab in PAGED

    @property
    def default_order(self) -> ListOrder:
        """The order where the agent has chosen none."""
        return BY_CHANGE if self.is_paged else BY_DUE


def is_in_tab(tab: Tab, ticket: TicketView, me: int | None) -> bool:
    """Returns whether the ticket is in the tab of the agent with the id `me`."""
    if tab is Tab.ALL:
        return True
    if tab is Tab.RESOLVED:
        return ticket.status is Status.RESOLVED
    if ticket.status not in UNRESOLVED:
        return False
    assignee = ticket.assignee.id if ticket.assignee else None
    return tab is Tab.OPEN or assignee == (me if tab is Tab.MINE else None)


class SortedTickets:
    """Tickets of a kind, kept in order: a change moves one entry, and nothing is sorted again."""

    def __init__(
        self,
        is_member: TicketTest,
        tickets: Iterable[TicketView],
        order: ListOrder,
        *,
        is_paged: bool = False,
    ) -> None:
        self._is_member, self.order, self._is_paged = is_member, order, is_paged
        self._build_key = choose_sort_key(order, is_paged=is_paged)
        self._entries = sorted(self._build_key(ticket) for ticket in tickets if is_member(ticket))
        self._list_entries()

    def _list_entries(self) -> None:
        # The number of a key is negative where the order descends.
        self._numbers = [abs(entry[-1]) for entry in self._entries]
        self.highest_number = max(self._numbers, default=0)
        """The highest number that has been among them."""

    def filter_entries(self, numbers: Container[int], matches: TicketTest) -> "SortedTickets":
        """Returns these tickets alone, which are those that match; the rest keeps to that test."""

        def is_member(ticket: TicketView) -> bool:
            return self._is_member(ticket) and matches(ticket)

        part = SortedTickets(is_member, (), self.order, is_paged=self._is_paged)
        part._entries = [entry for entry in self._entries if abs(entry[-1]) in numbers]
        part._list_entries()
        return part

    def place_ticket(self, old: TicketView | None, new: TicketView) -> None:
        """Puts a ticket where it now belongs, or takes it out; `old` is what it was before."""
        before = None if old is None else self._find_entry(old)
        after = self._build_key(new) if self._is_member(new) else None
        if before is not None and after == self._entries[before]:
            return
        if before is not None:
            del self._entries[before], self._numbers[before]
        if after is not None:
            place = bisect_left(self._entries, after)
            self._entries.insert(place, after)
            self._numbers.insert(place, new.number)
            self.highest_number = max(self.highest_number, new.number)

    def list_numbers(self, last: TicketView | None = None) -> list[int]:
        """Returns the tickets' numbers, in their order; the caller may keep the list.

        With a `last` one, those behind it are left out: between them some may be missing.
        """
        if last is None:
            return self._numbers.copy()
        return self._numbers[: bisect_right(self._entries, self._build_key(last))]

    def __len__(self) -> int:
        return len(self._entries)

    def _find_entry(self, ticket: TicketView) -> int | None:
        entry = self._build_key(ticket)
        place = bisect_left(self._entries, entry)
        is_here = place < len(self._entries) and self._entries[place] == entry
        return place if is_here else None
