"""Columns and orders of lists, in words."""

from typing import Final

from common.ticket_columns import ListOrder, TicketColumn

COLUMN_NAMES: Final = {
    TicketColumn.NUMBER: "number",
    TicketColumn.PRIORITY: "priority",
    TicketColumn.SUBJECT: "subject",
    TicketColumn.STATUS: "status",
    TicketColumn.ASSIGNEE: "owner",
    TicketColumn.CUSTOMER: "customer",
    TicketColumn.CATEGORY: "category",
    TicketColumn.TAGS: "tags",
    TicketColumn.WAITING_ON: "waits for",
    TicketColumn.CHANNEL: "channel",
    TicketColumn.SLA_DUE: "due",
    TicketColumn.CREATED_AT: "age",
    TicketColumn.UPDATED_AT: "last change",
}
COLUMN_HINTS: Final = {
    TicketColumn.NUMBER: "in every list",
    TicketColumn.PRIORITY: "! H N L",
    TicketColumn.SUBJECT: "in every list; takes the room that is left",
    TicketColumn.WAITING_ON: "us, the customer, a third party",
    TicketColumn.CHANNEL: "the way it came: mail, page, phone",
    TicketColumn.SLA_DUE: "the SLA clock",
    TicketColumn.CREATED_AT: "since the ticket was opened",
    TicketColumn.UPDATED_AT: "since the ticket was changed",
}
_ORDERS: Final = {
    TicketColumn.NUMBER: ("lowest number first", "highest number first"),
    TicketColumn.PRIORITY: ("low first", "urgent first"),
    TicketColumn.STATUS: ("open first", "closed first"),
    TicketColumn.WAITING_ON: ("waiting for us first", "waiting for others first"),
    TicketColumn.SLA_DUE: ("next due first", "last due first"),
    TicketColumn.CREATED_AT: ("oldest first", "newest first"),
    TicketColumn.UPDATED_AT: ("longest unchanged first", "last changed first"),
}
_LARGEST_FIRST: Final = frozenset({TicketColumn.PRIORITY, TicketColumn.UPDATED_AT})


def describe_order(order: ListOrder) -> str:
    """Returns an order in words: `urgent first`, `owner A to Z`."""
    known = _ORDERS.get(order.column)
    if known is not None:
        return known[order.descending]
    return f"{COLUMN_NAMES[order.column]} {'Z to A' if order.descending else 'A to Z'}"


def start_order(column: TicketColumn) -> ListOrder:
    """Returns the order by a column that one expects at first."""
    return ListOrder(column, column in _LARGEST_FIRST)
