"""A read of one statement is true at one instant, because it cannot run a second."""

from collections.abc import AsyncIterator

import pytest

from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction, SecondStatement
from server.storage.queries.log import org_sequence
from tests.support.desk import Org
from tests.support.local_desk import ORG, LocalDesk


@pytest.fixture
async def database(desk_url: str) -> AsyncIterator[Database]:
    async with LocalDesk.open(desk_url) as desk:
        yield desk.database


def once(reading: ReadTransaction) -> int:
    return org_sequence.read_newest_seq(reading, ORG)


def twice(reading: ReadTransaction) -> tuple[int, int]:
    return once(reading), once(reading)


async def test_a_second_statement_is_refused_where_one_was_asked_for(database: Database) -> None:
    for read in (database.read_one, database.read_list):
        with pytest.raises(SecondStatement):
            await read(twice)
        assert await read(once) == 1
    for snapshot in (database.read_snapshot, database.read_few):
        assert await snapshot(twice) == (1, 1)


async def test_a_released_ticket_is_listed_and_read_with_who_had_it(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent("Ana")
    number = (await customer.file())["number"]
    await customer.file()
    await agent.claim(number)
    (await agent.post(f"/tickets/{number}/release")).expect(200)
    listed = await agent.everything("/tickets", sort="created_at")
    whole = await agent.ticket(number)
    talk = (await agent.get(f"/tickets/{number}", include="messages")).expect(200)

    for ticket in (listed[0], whole, talk):
        assert ticket["routing"]["returned_by"] == {"id": agent.id, "name": "Ana"}
    assert "returned_by" not in listed[1]["routing"]
    assert "routing" not in await customer.ticket(number)
