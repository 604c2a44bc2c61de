"""The sort keys of lists of tickets: by any column, in both directions. Pure.

Where a column is empty for a ticket (nobody has it, nothing is due), it comes last either way.
Ties are broken by due time, priority and age, and at last by the number, so that no two are equal.
Lists that the server gives out page by page have its order: ties by the number alone.
"""

from collections.abc import Callable
from typing import Any, Final

from common.ticket_columns import ListOrder, TicketColumn
from common.tickets.ticket import Status
from common.wire import TicketView
from tui.model.next_sla import find_next_target

SortKey = tuple[Any, ...]
"""Keys of one order are compared with each other alone; the last item is the ticket's number,
negative where the order descends."""

ColumnValue = float | str | None
"""The value that a column sorts by; None: it is empty."""

_STATUS_RANKS: Final = {status: float(place) for place, status in enumerate(Status)}


def choose_sort_key(order: ListOrder, *, is_paged: bool = False) -> Callable[[TicketView], SortKey]:
    """Returns the function that makes a ticket's key in this order; `is_paged`: the server's."""
    read, column = _READERS[order.column], order.column
    has_ties = not is_paged and column not in _UNIQUE
    sign = -1 if order.descending else 1
    negate = _negate_value if order.descending else _keep_value

    def build(ticket: TicketView) -> SortKey:
        value = read(ticket)
        ties = _build_ties(ticket, column) if has_ties else ()
        return value is None, negate(value), *ties, sign * ticket.number

    return build


def find_due_timestamp(ticket: TicketView) -> float | None:
    """Returns when the next SLA target is due, as a timestamp; None: no clock runs."""
    nearest = find_next_target(ticket)
    return nearest.due.timestamp() if nearest else None


def _build_ties(ticket: TicketView, column: TicketColumn) -> tuple[object, ...]:
    due = find_due_timestamp(ticket) if column is not TicketColumn.SLA_DUE else None
    return due is None, due or 0.0, -ticket.priority.rank, ticket.created_at.timestamp()


def _keep_value(value: ColumnValue) -> object:
    return 0.0 if value is None else value


def _negate_value(value: ColumnValue) -> object:
    """Returns a value that is the less the greater this one is, and of one type for a column."""
    if isinstance(value, str):
        return (*(-ord(letter) for letter in value), 1)
    return 0.0 if value is None else -value


def _read_assignee(ticket: TicketView) -> str | None:
    return ticket.assignee.name.casefold() if ticket.assignee else None


_UNIQUE: Final = frozenset({TicketColumn.CREATED_AT, TicketColumn.UPDATED_AT, TicketColumn.NUMBER})
"""Columns in which two tickets are hardly ever equal."""
DEPENDS_ON_NAMES: Final = frozenset({TicketColumn.ASSIGNEE, TicketColumn.CUSTOMER})
"""Columns of which a new name of a person changes the order."""
_READERS: Final[dict[TicketColumn, Callable[[TicketView], ColumnValue]]] = {
    TicketColumn.NUMBER: lambda ticket: float(ticket.number),
    TicketColumn.PRIORITY: lambda ticket: float(ticket.priority.rank),
    TicketColumn.SUBJECT: lambda ticket: ticket.subject.casefold(),
    TicketColumn.STATUS: lambda ticket: _STATUS_RANKS[ticket.status],
    TicketColumn.ASSIGNEE: _read_assignee,
    TicketColumn.CUSTOMER: lambda ticket: ticket.customer.name.casefold(),
    TicketColumn.CATEGORY: lambda ticket: ticket.category.casefold(),
    TicketColumn.TAGS: lambda ticket: " ".join(ticket.tags or ()).casefold() or None,
    TicketColumn.WAITING_ON: lambda ticket: ticket.waiting_on,
    TicketColumn.CHANNEL: lambda ticket: ticket.channel or None,
    TicketColumn.SLA_DUE: find_due_timestamp,
    TicketColumn.CREATED_AT: lambda ticket: ticket.created_at.timestamp(),
    TicketColumn.UPDATED_AT: lambda ticket: ticket.updated_at.timestamp(),
}
