"""Loads pages on demand: tickets that are not in a snapshot, as a tab is scrolled."""

import asyncio
from typing import Final

from msgspec import UNSET

from common.queries import TicketQuery
from common.ticket_columns import ListOrder
from common.tickets.ticket import Status
from tui.model.queues import PAGED, Tab, find_default_order
from tui.model.store import Store, StoreChange
from tui.network.client import Client

_PAGE: Final = 200
_STATUS: Final[dict[Tab, list[Status]]] = {Tab.RESOLVED: [Status.RESOLVED], Tab.ALL: []}


class PageLoader:
    """The loaded part of each tab. "Resolved" and "all" come by page, last changed first."""

    def __init__(self, client: Client, store: Store) -> None:
        self._client, self._store = client, store
        self._cursors: dict[tuple[Tab, ListOrder], str | None] = {}
        self._turn = asyncio.Lock()
        store.subscribe(self._reset_cursors)

    async def load_next_page(self, tab: Tab, order: ListOrder | None = None) -> bool:
        """Fetches the tab's next page into the store. False: there is none. One fetch at a time."""
        order = order or find_default_order(tab)
        async with self._turn:
            if self.is_complete(tab, order):
                return False
            cursors = self._cursors
            page = await self._client.list_tickets(self._next_query(tab, order))
            cursors[tab, order] = page.next_cursor
            last = page.items[-1] if page.items and page.next_cursor else None
            self._store.merge_list_page(tab, order, page, last)
            return True

    def is_complete(self, tab: Tab, order: ListOrder | None = None) -> bool:
        """Returns whether the store holds all of the tab's tickets, read in this order."""
        name = tab, order or find_default_order(tab)
        return tab not in PAGED or (name in self._cursors and self._cursors[name] is None)

    def _next_query(self, tab: Tab, order: ListOrder) -> TicketQuery:
        cursor = self._cursors.get((tab, order)) or UNSET
        return TicketQuery(status=_STATUS[tab], sort=str(order), limit=_PAGE, cursor=cursor)

    def _reset_cursors(self, change: StoreChange) -> None:
        if change.everything:
            # Another dict: a page still under way must not count as one of the new pages.
            self._cursors = {}
