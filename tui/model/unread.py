"""Tracks what the agent has seen and done: updated tickets, and its own changes."""

from collections.abc import Callable, Iterable, Mapping

from common.tickets.ticket import UNRESOLVED
from common.wire import TicketView


class UnreadTracker:
    """Decides what is an update: changes by others to tickets that are mine or unassigned."""

    def __init__(self, newest: Callable[[TicketView], int] = lambda it: it.last_seq) -> None:
        """`newest` returns the seq of the last change to a ticket that somebody made."""
        self._newest = newest
        self._since = 0
        self._seen: dict[int, int] = {}
        self._done: dict[int, int] = {}
        self._under_way: dict[int, int] = {}
        self._unread: set[int] = set()
        self._to_decide: set[int] = set()

    def start_at_seq(self, seq: int, tickets: Iterable[TicketView] = ()) -> None:
        """Counts everything up to this event as seen, and forgets the events of another log."""
        self._since = seq
        self._seen.clear()
        self._done.clear()
        self._unread.clear()
        self._to_decide.clear()
        self.note_tickets(tickets)

    def note_tickets(self, tickets: Iterable[TicketView]) -> None:
        """Takes tickets that may have changed."""
        since = self._since
        self._to_decide.update(ticket.number for ticket in tickets if ticket.last_seq > since)

    def list_unread(self, tickets: Mapping[int, TicketView], me: int) -> set[int]:
        """Returns the numbers of all tickets with updates, of those that were noted."""
        for number in self._to_decide:
            ticket = tickets.get(number)
            is_unread = ticket is not None and self.has_unread(ticket, me)
            (self._unread.add if is_unread else self._unread.discard)(number)
        self._to_decide.clear()
        return self._unread

    def mark_seen(self, ticket: TicketView) -> None:
        """Records that the agent has the ticket on its screen."""
        _raise_mark(self._seen, ticket.number, ticket.last_seq)
        self._to_decide.add(ticket.number)

    def begin_command(self, number: int) -> None:
        """Records that a command of the agent's is under way."""
        self._under_way[number] = self._under_way.get(number, 0) + 1
        self._to_decide.add(number)

    def end_command(self, number: int, last_seq: int | None) -> None:
        """Ends a command; `last_seq` is the ticket's in the answer, None if it failed."""
        self._under_way[number] -= 1
        self._to_decide.add(number)
        if last_seq is not None:
            _raise_mark(self._seen, number, last_seq)
            _raise_mark(self._done, number, last_seq)

    def has_unread(self, ticket: TicketView, me: int) -> bool:
        """Returns whether the ticket has updates for the agent with the id `me`."""
        if ticket.status not in UNRESOLVED or self.is_own_change(ticket):
            return False
        if ticket.assignee is not None and ticket.assignee.id != me:
            return False
        return self._newest(ticket) > self.last_seen_seq(ticket.number)

    def last_seen_seq(self, number: int) -> int:
        """Returns the seq of the ticket's last event that the agent has seen."""
        return self._seen.get(number, self._since)

    def is_own_change(self, ticket: TicketView) -> bool:
        """Returns whether the ticket's latest change is the agent's own, or may be."""
        number = ticket.number
        newest = self._newest(ticket)
        return self._under_way.get(number, 0) > 0 or self._done.get(number, -1) >= newest


def _raise_mark(marks: dict[int, int], number: int, seq: int) -> None:
    """Raises a mark. Answers of two commands may come in the other order: it never falls."""
    marks[number] = max(seq, marks.get(number, seq))
