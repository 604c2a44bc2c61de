"""The tabs of the queue: which tickets stand in one, and in what order."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from math import inf
from typing import Any, Final

from common.tickets.ticket import UNRESOLVED, Status
from common.wire import TicketView

Entry = tuple[float, float, float, int]
"""What a tab sorts by; the ticket's number stands last, so that no two are equal."""

_TARGETS: Final = ("first_response_due", "next_response_due", "resolution_due")


class Tab(StrEnum):
    """One queue. `open` is everything unresolved, in progress included."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    OPEN = "open"
    RESOLVED = "resolved"
    ALL = "all"


PAGED: Final = frozenset({Tab.RESOLVED, Tab.ALL})
"""Tabs that a snapshot does not fill: their tickets come page by page, as they are asked for."""


def belongs(tab: Tab, ticket: TicketView, me: int | None) -> bool:
    """Whether the ticket stands in the tab of the agent with the id `me`."""
    if tab is Tab.ALL:
        return True
    if tab is Tab.RESOLVED:
        return ticket.status is Status.RESOLVED
    if ticket.status not in UNRESOLVED:
        return False
    assignee = ticket.assignee.id if ticket.assignee else None
    return tab is Tab.OPEN or assignee == (me if tab is Tab.MINE else None)


def order(tab: Tab, ticket: TicketView) -> Entry:
    """Work: next due first, then urgent first, then oldest first. The rest: last changed first."""
    if tab in PAGED:
        return (-ticket.updated_at.timestamp(), 0.0, 0.0, -ticket.number)
    rank = -ticket.priority.rank
    return (due(ticket), rank, ticket.created_at.timestamp(), ticket.number)


def due(ticket: TicketView) -> float:
    """When the nearest promise to the customer falls due, as a timestamp; infinity for none."""
    sla = ticket.sla
    if not sla:
        return inf
    return min((_timestamp(sla.get(target)) for target in _TARGETS), default=inf)


def _timestamp(value: Any) -> float:
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else inf
    except ValueError:
        return inf


class Shelf:
    """One tab's tickets, kept in order: a change moves one entry, it sorts nothing again."""

    def __init__(self, tab: Tab, me: int | None, tickets: Iterable[TicketView]) -> None:
        self._tab, self._me = tab, me
        self._entry_of = {
            ticket.number: order(tab, ticket) for ticket in tickets if belongs(tab, ticket, me)
        }
        self._entries = sorted(self._entry_of.values())

    def put(self, ticket: TicketView) -> None:
        """Put the ticket where it now belongs, or take it out."""
        old = self._entry_of.get(ticket.number)
        new = order(self._tab, ticket) if belongs(self._tab, ticket, self._me) else None
        if old != new:
            self._move(ticket.number, old, new)

    def numbers(self) -> list[int]:
        """The tickets' numbers, in the tab's order."""
        # A number is negated where the order descends, so its sign says nothing here.
        return [abs(entry[3]) for entry in self._entries]

    def __len__(self) -> int:
        return len(self._entries)

    def _move(self, number: int, old: Entry | None, new: Entry | None) -> None:
        if old is not None:
            del self._entries[bisect_left(self._entries, old)]
            del self._entry_of[number]
        if new is not None:
            insort(self._entries, new)
            self._entry_of[number] = new
