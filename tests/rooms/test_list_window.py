"""A list with a range of another column than its order finds the same with and without a window."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from common.queries import TicketQuery
from common.tickets.editing import EditTicket
from common.tickets.replying import AddMessage
from common.tickets.ticket import Priority
from common.wire import TicketView
from server.rest.tickets.list_requests import TicketListRequest
from server.storage.queries.ticket import list_window, ticket_lists
from server.storage.queries.ticket.list_shape import ListShape
from tests.support.local_desk import ADMIN, AdminDesk
from tests.support.sqlite_file import make_sqlite_url

TICKETS = 60
SORTS = ("created_at", "updated_at", "last_seq", "sla_due", "priority")
RANGES = ("created_after", "created_before", "updated_after")
IS_IN_RANGE = {
    "created_after": lambda it, at: it.created_at > at,
    "created_before": lambda it, at: it.created_at < at,
    "updated_after": lambda it, at: it.updated_at > at,
}


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AdminDesk]:
    """A desk of tickets that were changed in another order than they were filed in."""
    monkeypatch.setattr(list_window, "SIZE", 9)
    async with AdminDesk.open(make_sqlite_url(tmp_path)) as house:
        random = Random(5)  # noqa: S311 - nothing is secret
        for _ in range(TICKETS):
            await house.file()
            house.now += timedelta(hours=random.randint(1, 20))
        for number in random.sample(range(1, TICKETS + 1), k=TICKETS // 2):
            house.now += timedelta(minutes=random.randint(1, 90))
            await house.act(ADMIN, number, AddMessage("Said."))
            await house.act(ADMIN, number, EditTicket(priority=random.choice(list(Priority))))
        yield house


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Says of each list that is read whether it is that of a window."""
    found: list[bool] = []
    read = ticket_lists.list_tickets

    def read_noted(reading: Any, shape: ListShape, values: dict[str, Any]) -> Any:
        found.append(shape.window)
        return read(reading, shape, values)

    monkeypatch.setattr(ticket_lists, "list_tickets", read_noted)
    return found


async def read_tickets(house: AdminDesk, **fields: Any) -> list[TicketView]:
    found: list[TicketView] = []
    fields |= {"limit": 4}
    while True:
        query = TicketQuery(**fields)
        wish = TicketListRequest(house.database.dialect, ADMIN, query, house.now)
        page = await house.database.read_snapshot(wish.read_page)
        found += [msgspec.json.decode(item, type=TicketView) for item in page.items]
        if page.next_cursor is None:
            return found
        fields |= {"cursor": page.next_cursor}


def pick_instants(tickets: list[TicketView]) -> list[datetime]:
    """Returns instants before nearly all, at the middle, and after nearly all of the tickets."""
    created = sorted(it.created_at for it in tickets)
    return [created[1], created[len(created) // 2], created[-2]]


async def test_every_order_and_range_finds_the_same(house: AdminDesk, windows: list[bool]) -> None:
    for sort in (f"{sign}{name}" for name in SORTS for sign in ("", "-")):
        everything = await read_tickets(house, sort=sort)
        for name, at in product(RANGES, pick_instants(everything)):
            found = await read_tickets(house, sort=sort, **{name: at})
            expected = [it.number for it in everything if IS_IN_RANGE[name](it, at)]
            assert [it.number for it in found] == expected, (sort, name, at)
    assert {True, False} == set(windows)


async def test_a_filter_in_the_window_is_one(house: AdminDesk) -> None:
    everything = await read_tickets(house, sort="-updated_at")
    at = pick_instants(everything)[0]
    found = await read_tickets(
        house, sort="-updated_at", created_after=at, priority=[Priority.HIGH]
    )
    expected = [it for it in everything if it.created_at > at and it.priority is Priority.HIGH]
    assert found == expected
    assert found


async def test_a_wide_range_is_read_in_the_order_and_a_narrow_one_is_sorted(
    house: AdminDesk, windows: list[bool]
) -> None:
    wide, _, narrow = pick_instants(await read_tickets(house))
    cases: list[tuple[dict[str, Any], bool]] = [
        ({"created_after": wide}, True),
        ({"created_after": narrow}, False),
        ({"filter": f"created:>{wide:%Y-%m-%d}"}, True),
    ]
    for fields, expected in cases:
        query = TicketQuery(limit=4, sort="-updated_at", **fields)
        wish = TicketListRequest("sqlite", ADMIN, query, house.now)
        windows.clear()
        page = await house.database.read_snapshot(wish.read_page)
        assert page.items
        assert windows == [expected]
