"""The tabs of the queue: their tickets, and the order of these."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from enum import StrEnum
from math import inf
from typing import Final

from common.tickets.ticket import UNRESOLVED, Status
from common.wire import TicketView
from tui.model.next_sla import find_next_target

SortKey = tuple[float, float, float, int]
"""The sort key of a tab; the ticket's number comes last, so that no two are equal."""


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
        self._entry_of = {
            ticket.number: build_sort_key(tab, ticket, sort)
            for ticket in tickets
            if is_in_tab(tab, ticket, me)
        }
        self._entries = sorted(self._entry_of.values())

    def place_ticket(self, ticket: TicketView) -> None:
        """Puts the ticket where it now belongs, or take it out."""
        old = self._entry_of.get(ticket.number)
        belongs_here = is_in_tab(self._tab, ticket, self._me)
        new = build_sort_key(self._tab, ticket, self.sort) if belongs_here else None
        if old != new:
            self._move_entry(ticket.number, old, new)

    def list_numbers(self) -> list[int]:
        """The tickets' numbers, in the tab's order."""
        # A number is negative where the order descends.
        return [abs(entry[3]) for entry in self._entries]

    def __len__(self) -> int:
        return len(self._entries)

    def _move_entry(self, number: int, old: SortKey | None, new: SortKey | None) -> None:
        if old is not None:
            del self._entries[bisect_left(self._entries, old)]
            del self._entry_of[number]
        if new is not None:
            insort(self._entries, new)
            self._entry_of[number] = new
