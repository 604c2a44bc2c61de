"""The tabs of the queue: their tickets, and the order of these."""

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable
from enum import StrEnum
from math import inf
from typing import Final

from common.tickets.ticket import UNRESOLVED, Status
from common.wire import TicketView
from tui.model.next_sla import find_next_target

SortKey = tuple[float, float, float, int]
"""The sort key of a tab; the ticket's number comes last, so that no two are equal."""

TicketTest = Callable[[TicketView], bool]


class Tab(StrEnum):
    """One queue. `open` is everything unresolved, in progress included."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    OPEN = "open"
    RESOLVED = "resolved"
    ALL = "all"


class Sort(StrEnum):
    """The order of unresolved tickets; by due time, unless the agent chooses another."""

    DUE = "due"
    PRIORITY = "priority"
    AGE = "age"


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


def build_sort_key(tab: Tab, ticket: TicketView, sort: Sort = Sort.DUE) -> SortKey:
    """Returns a ticket's sort key. "Due" breaks ties by priority, then by age, and so on round.

    Where no SLA clock runs (paused, no target) nothing is due: it comes last. Tabs that are loaded
    page by page are ordered by their last change.
    """
    if tab in PAGED:
        return (-ticket.updated_at.timestamp(), 0.0, 0.0, -ticket.number)
    rank, age = -ticket.priority.rank, ticket.created_at.timestamp()
    if sort is Sort.AGE:
        return (age, rank, 0.0, ticket.number)
    if sort is Sort.PRIORITY:
        return (rank, find_due_timestamp(ticket), age, ticket.number)
    return (find_due_timestamp(ticket), rank, age, ticket.number)


def find_due_timestamp(ticket: TicketView) -> float:
    """Returns when the next SLA target is due, as a timestamp; infinity for none."""
    nearest = find_next_target(ticket)
    return nearest.due.timestamp() if nearest else inf


class SortedTab:
    """One tab's tickets, kept in order: a change moves one entry, and nothing is sorted again."""

    def __init__(
        self, tab: Tab, me: int | None, tickets: Iterable[TicketView], sort: Sort = Sort.DUE
    ) -> None:
        self._tab, self._me, self.sort = tab, me, sort
        self._matches: TicketTest | None = None
        self._entries = sorted(
            build_sort_key(tab, ticket, sort) for ticket in tickets if is_in_tab(tab, ticket, me)
        )
        self._list_entries()

    def _list_entries(self) -> None:
        # A number is negative where the order descends.
        self._numbers = [abs(entry[3]) for entry in self._entries]
        self.highest_number = max(self._numbers, default=0)
        """The highest number that the tab has had."""

    def filter_entries(self, numbers: Container[int], matches: TicketTest) -> "SortedTab":
        """Returns a tab of these tickets, which are those that match; it keeps to that test."""
        part = SortedTab(self._tab, self._me, (), self.sort)
        part._matches = matches
        part._entries = [entry for entry in self._entries if abs(entry[3]) in numbers]
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

    def list_numbers(self) -> list[int]:
        """Returns the tickets' numbers, in the tab's order; the caller may keep the list."""
        return self._numbers.copy()

    def __len__(self) -> int:
        return len(self._entries)

    def _find_entry(self, ticket: TicketView) -> int | None:
        entry = build_sort_key(self._tab, ticket, self.sort)
        place = bisect_left(self._entries, entry)
        is_here = place < len(self._entries) and self._entries[place] == entry
        return place if is_here else None

    def _build_entry(self, ticket: TicketView) -> SortKey | None:
        if not is_in_tab(self._tab, ticket, self._me):
            return None
        if self._matches is not None and not self._matches(ticket):
            return None
        return build_sort_key(self._tab, ticket, self.sort)
