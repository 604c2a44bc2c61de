"""Reads a snapshot to start from, page by page."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from msgspec.structs import replace

from common.queries import TicketQuery
from common.tickets.ticket import UNRESOLVED
from common.wire import Page, TicketView
from tui.model.store import Snapshot
from tui.network.client import MAX_PAGE_SIZE, Client

_FIRST_PAGE: Final = 100
"""Rows of the first page: what a screen shows, so that it shows it soon."""


def list_unresolved_pages(client: Client) -> AsyncIterator[Page[TicketView]]:
    """Reads all unresolved tickets in the order of the queue, a few first.

    A ticket that moves between two pages is not lost: its event comes after the first page's seq.
    """
    query = TicketQuery(status=sorted(UNRESOLVED), sort="sla_due", limit=_FIRST_PAGE)
    return _iterate_pages(client, query)


async def build_snapshot(client: Client, first: Page[TicketView], epoch: str) -> Snapshot:
    """Reads a snapshot around a first page, of the log with this epoch.

    Everything else is read after the page, so that its events are not missed.
    """
    me, organization, users, queues = await asyncio.gather(
        client.read_me(),
        client.read_organization(),
        client.list_users(),
        client.read_queue_counts(),
    )
    return Snapshot(
        epoch=epoch, me=me, organization=organization, users=users, queues=queues, tickets=first
    )


async def _iterate_pages(client: Client, query: TicketQuery) -> AsyncIterator[Page[TicketView]]:
    while True:
        page = await client.list_tickets(query)
        yield page
        if page.next_cursor is None:
            return
        query = replace(query, cursor=page.next_cursor, limit=MAX_PAGE_SIZE)
