"""The counts of tickets by queue, kept up to date from events."""

from collections.abc import Iterable, Mapping
from typing import Any

from common.envelope import Envelope
from common.tickets.filing import TicketCreated
from common.tickets.ticket import UNRESOLVED
from common.wire import Queues, TicketView
from tui.model.queues import Tab


class QueueCounts:
    """The counts of the tabs.

    Counts by status start as the server's and follow the events, also of tickets that are not
    loaded. "Mine" and "unassigned" are counted in the store as soon as it has all unresolved
    tickets; before, they are the server's.
    """

    def __init__(
        self, queues: Queues | None = None, me: int | None = None, *, is_whole: bool = True
    ) -> None:
        self._me, self.is_whole = me, is_whole
        self._mine = queues.mine if queues and not is_whole else 0
        self._unassigned = queues.unassigned if queues and not is_whole else 0
        self._seq = queues.seq if queues else 0
        self._standing = {
            "open": queues.open if queues else 0,
            "in_progress": queues.in_progress if queues else 0,
            "resolved": queues.resolved if queues else 0,
            "closed": queues.closed if queues else 0,
        }

    def count_event(self, envelope: Envelope) -> None:
        """Counts an event, unless the server had counted it already."""
        if envelope.seq <= self._seq:
            return
        self._seq = envelope.seq
        if envelope.type == TicketCreated.type and envelope.ticket:
            self._add_to_status(envelope.ticket.status, 1)
        elif envelope.changes and "status" in envelope.changes:
            old, new = envelope.changes["status"]
            self._add_to_status(old, -1)
            self._add_to_status(new, 1)

    def replace_ticket(self, old: TicketView | None, new: TicketView) -> None:
        """Counts a ticket that took another's place in the store."""
        if old is None and not self.is_whole:
            return  # the server has counted it
        for ticket, step in ((old, -1), (new, 1)):
            if ticket is None or ticket.status not in UNRESOLVED:
                continue
            if ticket.assignee is None:
                self._unassigned += step
            elif ticket.assignee.id == self._me:
                self._mine += step

    def count_all(self, tickets: Iterable[TicketView]) -> None:
        """Counts anew, because all unresolved tickets are here now."""
        self.is_whole, self._mine, self._unassigned = True, 0, 0
        for ticket in tickets:
            self.replace_ticket(None, ticket)

    def to_queues(self, moved: Mapping[str, int]) -> Queues:
        """The counts, in the shape in which the server gives them.

        `moved` is what the agent's unconfirmed commands change in the counts by status.
        """
        standing = {
            status: count + moved.get(status, 0) for status, count in self._standing.items()
        }
        return Queues(mine=self._mine, unassigned=self._unassigned, seq=self._seq, **standing)

    def _add_to_status(self, status: Any, step: int) -> None:
        # The status of a newer server may be in none of these counts.
        if isinstance(status, str) and status in self._standing:
            self._standing[status] += step


def count_tab_tickets(tab: Tab, counts: Queues) -> int:
    """Returns the number of tickets in a tab, at the server."""
    unresolved = counts.open + counts.in_progress
    return {
        Tab.MINE: counts.mine,
        Tab.UNASSIGNED: counts.unassigned,
        Tab.OPEN: unresolved,
        Tab.RESOLVED: counts.resolved,
        Tab.ALL: unresolved + counts.resolved + counts.closed,
    }[tab]
