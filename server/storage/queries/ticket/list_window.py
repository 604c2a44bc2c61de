"""The window of a list: its first tickets, read in its order, on SQLite.

SQLite keeps no statistics. Where a list has a range of another column than that of its order, it
reads all tickets of the range and sorts them. That is the better way for a narrow range; most of a
page of a wide one is among the first tickets in the order.
"""

from typing import Any, Final

from msgspec.structs import replace

from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.ticket import ticket_lists
from server.storage.queries.ticket.list_shape import ListShape

SIZE: Final = 2_000
"""Tickets of the window. A range with no more of them is sorted."""


def may_have_window(shape: ListShape) -> bool:
    """Returns whether `list_ranged_tickets` looks at the first tickets of the list."""
    is_latest_due_first = shape.column == "sla_due" and shape.descending
    is_sorted = shape.dialect == "sqlite" and shape.is_indexed and not is_latest_due_first
    return is_sorted and shape.has_other_ranges


def list_ranged_tickets(
    reading: ReadTransaction, shape: ListShape, values: dict[str, Any]
) -> tuple[list[bytes], int]:
    """Returns the same as `ticket_lists.list_tickets`, with several statements of a snapshot."""
    edge = _find_edge(reading, shape, values)
    if edge is not None:
        in_window = replace(shape, window=True)
        found = ticket_lists.list_tickets(reading, in_window, values | edge)
        if len(found[0]) == values["limit"]:
            return found
    return ticket_lists.list_tickets(reading, shape, values)


def _find_edge(
    reading: ReadTransaction, shape: ListShape, values: dict[str, Any]
) -> dict[str, int] | None:
    """Returns the last place of the window; None for a narrow range, and for a short list."""
    most = values | {"limit": SIZE + 1}
    if ticket_lists.count_listed_tickets(reading, shape.select_other_ranges(), most) <= SIZE:
        return None
    places = ticket_lists.list_positions(reading, shape.without_filters(), most)
    if len(places) <= SIZE:
        return None
    value, number = places[SIZE - 1]
    return {"edge_value": value, "edge_number": number}
