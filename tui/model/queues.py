"""The tabs of the queue: their tickets, and the order of these."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterable
from enum import StrEnum
from typing import Final

from common.ticket_columns import ListOrder, TicketColumn
from common.tickets.ticket import UNRESOLVED, Status
from common.wire import TicketView
from tui.model.sort_keys import SortKey, choose_sort_key

TicketTest = Callable[[TicketView], bool]


class Tab(StrEnum):
    """One queue. `open` is everything unresolved, in progress included."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    OPEN = "open"
    RESOLVED = "resolved"
    ALL = "all"


BY_DUE: Final = ListOrder(TicketColumn.SLA_DUE)
BY_CHANGE: Final = ListOrder(TicketColumn.UPDATED_AT, descending=True)
PAGED: Final = frozenset({Tab.RESOLVED, Tab.ALL})
"""Tabs that a snapshot does not fill: their tickets are loaded by page, on demand."""


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


def find_default_order(tab: Tab) -> ListOrder:
    """Returns a tab's order where the agent has chosen none."""
    return BY_CHANGE if tab in PAGED else BY_DUE


class SortedTab:
    """One tab's tickets, kept in order: a change moves one entry, and nothing is sorted again."""

    def __init__(
        self,
        tab: Tab,
        me: int | None,
        tickets: Iterable[TicketView],
        order: ListOrder | None = None,
    ) -> None:
        self._tab, self._me = tab, me
        self.order = order or find_default_order(tab)
        self._build_key = choose_sort_key(self.order, is_paged=tab in PAGED)
        self._matches: TicketTest | None = None
        self._entries = sorted(
            self._build_key(ticket) for ticket in tickets if is_in_tab(tab, ticket, me)
        )
        self._list_entries()

    def _list_entries(self) -> None:
        # The number of a key is negative where the order descends.
        self._numbers = [abs(entry[-1]) for entry in self._entries]
        self.highest_number = max(self._numbers, default=0)
        """The highest number that the tab has had."""

    def filter_entries(self, numbers: Container[int], matches: TicketTest) -> "SortedTab":
        """Returns a tab of these tickets, which are those that match; it keeps to that test."""
        part = SortedTab(self._tab, self._me, (), self.order)
        part._matches = matches
        part._entries = [entry for entry in self._entries if abs(entry[-1]) in numbers]
        part._list_entries()
        return part

    def place_ticket(self, old: TicketView | None, new: TicketView) -> None:
        """Puts a ticket where it now belongs, or takes it out; `old` is what it was before."""
        before = None if old is None else self._find_entry(old)
        after = self._build_entry(new)
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
        """Returns the tickets' numbers, in the tab's order; the caller may keep the list.

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

    def _build_entry(self, ticket: TicketView) -> SortKey | None:
        if not is_in_tab(self._tab, ticket, self._me):
            return None
        if self._matches is not None and not self._matches(ticket):
            return None
        return self._build_key(ticket)
