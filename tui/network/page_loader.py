"""Loads pages on demand: tickets that are not in a snapshot, as a tab is scrolled."""

import asyncio
from typing import Final

from msgspec import UNSET

from common.filters.filter_format import format_filter
from common.queries import TicketQuery
from common.ticket_columns import ListOrder
from common.tickets.ticket import Status
from tui.model.queues import ListSource, Tab
from tui.model.store import Store, StoreChange
from tui.network.client import Client

_PAGE: Final = 200
_STATUS: Final[dict[Tab, list[Status]]] = {Tab.RESOLVED: [Status.RESOLVED], Tab.ALL: []}


class PageLoader:
    """The loaded part of each list that comes by page, in each of its orders."""

    def __init__(self, client: Client, store: Store) -> None:
        self._client, self._store = client, store
        self._cursors: dict[tuple[ListSource, ListOrder], str | None] = {}
        self._turn = asyncio.Lock()
        store.subscribe(self._reset_cursors)

    async def load_next_page(self, source: ListSource, order: ListOrder | None = None) -> bool:
        """Fetches the list's next page into the store. False: there is none. One at a time."""
        order = order or source.default_order
        async with self._turn:
            if self.is_complete(source, order):
                return False
            cursors = self._cursors
            page = await self._client.list_tickets(self._next_query(source, order))
            cursors[source, order] = page.next_cursor
            last = page.items[-1] if page.items and page.next_cursor else None
            self._store.merge_list_page(source, order, page, last)
            return True

    def is_complete(self, source: ListSource, order: ListOrder | None = None) -> bool:
        """Returns whether the store holds all of the list's tickets, read in this order."""
        name = source, order or source.default_order
        return not source.is_paged or (name in self._cursors and self._cursors[name] is None)

    def _next_query(self, source: ListSource, order: ListOrder) -> TicketQuery:
        cursor = self._cursors.get((source, order)) or UNSET
        return TicketQuery(
            status=_STATUS[source.tab],
            filter=format_filter(source.wanted),
            sort=str(order),
            limit=_PAGE,
            cursor=cursor,
        )

    def _reset_cursors(self, change: StoreChange) -> None:
        if change.everything:
            # Another dict: a page still under way must not count as one of the new pages.
            self._cursors = {}
