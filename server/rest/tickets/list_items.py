"""Renders the tickets of lists; a row that was rendered before is not rendered again.

A list is asked for again and again, and few of its tickets have changed meanwhile. Whatever an
item says stands in its row, the names of its people included, so the same row is the same item.
"""

from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Raw

from server.rendering import views
from server.storage.queries.ticket.listed_tickets import decode_listed_ticket

MAX_ITEMS: Final = 2_048
"""Rows remembered, a page of the most used lists of eighty organizations: about 4 MB."""
_encode = msgspec.json.Encoder().encode


@lru_cache(maxsize=MAX_ITEMS)
def render_item(row: bytes, *, internal: bool) -> Raw:
    """Returns a ticket for the wire, in JSON; `internal`: with what only agents see.

    `row` is one of `ticket_lists.list_tickets`.
    """
    it = decode_listed_ticket(row)
    view = views.render_ticket(
        it.ticket, it.customer, it.assignee, name_of=it.name_of if internal else None
    )
    return Raw(_encode(view))
