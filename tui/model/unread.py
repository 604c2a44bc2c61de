"""What the agent has seen and done: which tickets have news, and which changes were its own."""

from collections.abc import Callable

from common.tickets.ticket import UNRESOLVED
from common.wire import TicketView


class UnreadTracker:
    """News is what others did to tickets that are mine or nobody's, since I last looked."""

    def __init__(self, newest: Callable[[TicketView], int] = lambda it: it.last_seq) -> None:
        """`newest` is the seq of the last thing that anybody did to a ticket."""
        self._newest = newest
        self._since = 0
        self._seen: dict[int, int] = {}
        self._done: dict[int, int] = {}
        self._under_way: dict[int, int] = {}

    def start_at_seq(self, seq: int) -> None:
        """Everything up to this event counts as seen, and no event of an earlier log."""
        self._since = seq
        self._seen.clear()
        self._done.clear()

    def mark_seen(self, ticket: TicketView) -> None:
        """The agent has the ticket before its eyes."""
        self._seen[ticket.number] = ticket.last_seq

    def begin_command(self, number: int) -> None:
        """A command of the agent's is under way."""
        self._under_way[number] = self._under_way.get(number, 0) + 1

    def end_command(self, number: int, last_seq: int | None) -> None:
        """The command is over; `last_seq` is the ticket's in its answer, None if it failed."""
        self._under_way[number] -= 1
        if last_seq is not None:
            self._seen[number] = self._done[number] = last_seq

    def has_unread(self, ticket: TicketView, me: int) -> bool:
        if ticket.status not in UNRESOLVED or self.is_own_change(ticket):
            return False
        if ticket.assignee is not None and ticket.assignee.id != me:
            return False
        return self._newest(ticket) > self.last_seen_seq(ticket.number)

    def last_seen_seq(self, number: int) -> int:
        """The ticket's last event that the agent has seen."""
        return self._seen.get(number, self._since)

    def is_own_change(self, ticket: TicketView) -> bool:
        """Whether the ticket's latest change is the agent's own, or may be."""
        number = ticket.number
        newest = self._newest(ticket)
        return self._under_way.get(number, 0) > 0 or self._done.get(number, -1) >= newest
