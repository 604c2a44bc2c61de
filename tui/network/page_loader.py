"""Loads pages on demand: tickets that are not in a snapshot, as a tab is scrolled."""

import asyncio
from typing import Final

from msgspec import UNSET

from common.queries import TicketQuery
from common.tickets.ticket import Status
from tui.model.queues import PAGED, Tab
from tui.model.store import Store, StoreChange
from tui.network.client import Client

_PAGE: Final = 200
_STATUS: Final[dict[Tab, list[Status]]] = {Tab.RESOLVED: [Status.RESOLVED], Tab.ALL: []}


class PageLoader:
    """The loaded part of each tab. "Resolved" and "all" come by page, last changed first."""

    def __init__(self, client: Client, store: Store) -> None:
        self._client, self._store = client, store
        self._cursors: dict[Tab, str | None] = {}
        self._turn = asyncio.Lock()
        store.subscribe(self._reset_cursors)

    async def load_next_page(self, tab: Tab) -> bool:
        """Fetches the tab's next page into the store. False: there is none. One fetch at a time."""
        async with self._turn:
            if self.is_complete(tab):
                return False
            cursors = self._cursors
            page = await self._client.list_tickets(self._next_query(tab))
            cursors[tab] = page.next_cursor
            self._store.merge_tickets(page.items, page.seq)
            return True

    def is_complete(self, tab: Tab) -> bool:
        """Returns whether the store holds all of the tab's tickets."""
        return tab not in PAGED or (tab in self._cursors and self._cursors[tab] is None)

    def _next_query(self, tab: Tab) -> TicketQuery:
        cursor = self._cursors.get(tab) or UNSET
        return TicketQuery(status=_STATUS[tab], sort="-updated_at", limit=_PAGE, cursor=cursor)

    def _reset_cursors(self, change: StoreChange) -> None:
        if change.everything:
            # Another dict: a page still under way must not count as one of the new pages.
            self._cursors = {}
