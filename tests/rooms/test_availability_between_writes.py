"""Availability that a write leaves for the next one is true whoever writes, and after a fault."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from common.accounts import CreateUser
from common.people import Actor, Presence, Role
from common.tickets.assigning import AssignTicket
from common.tickets.ticket import Ticket
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.routing import presence_changes
from server.desk.tickets import ticket_creation
from server.domain.timestamps import to_microseconds
from server.storage.connect import open_database
from server.storage.engine.committed_cache import MAX_ENTRIES, CommittedCache
from tests.support.local_desk import ADMIN, ORG, SYSTEM, TICKET, LocalDesk


@pytest.fixture
async def two(desk_url: str) -> AsyncIterator[tuple[LocalDesk, LocalDesk]]:
    """Two servers' desks on one database, with one agent who has room for two tickets."""
    async with LocalDesk.open(desk_url) as first:
        other = open_database(desk_url)
        try:
            yield first, LocalDesk(desk_url, other)
        finally:
            other.close()


async def hire(desk: LocalDesk) -> Actor:
    command = CreateUser(email="ana@example.test", name="Ana", role=Role.AGENT, capacity=2)
    made = await desk.do(SYSTEM, lambda work: accounts.create_user(work, command, None))
    return Actor(ORG, Role.AGENT, made.id, "Ana")


async def set_presence(
    desk: LocalDesk, who: Actor, state: Presence, minutes: int | None = None
) -> None:
    def job(work: UnitOfWork) -> None:
        until = None if minutes is None else to_microseconds(work.now) + minutes * 60_000_000
        presence_changes.change_presence(work, who.id or 0, state, until)

    await desk.do(who, job)


async def file(desk: LocalDesk) -> Ticket:
    return await desk.create(ADMIN, TICKET)


async def test_another_server_is_heard(two: tuple[LocalDesk, LocalDesk]) -> None:
    here, there = two
    ana = await hire(here)
    await set_presence(here, ana, Presence.AVAILABLE)
    assert (await file(here)).assignee_id == ana.id
    await set_presence(there, ana, Presence.BUSY)
    assert (await file(here)).assignee_id is None


async def test_work_that_another_server_gave_counts(two: tuple[LocalDesk, LocalDesk]) -> None:
    here, there = two
    ana = await hire(here)
    waiting = (await file(here)).number, (await file(here)).number
    await set_presence(here, ana, Presence.AVAILABLE)
    await set_presence(here, ana, Presence.BUSY)
    for number in waiting:
        await there.act(ADMIN, number, AssignTicket(user_id=ana.id))
    await set_presence(there, ana, Presence.AVAILABLE)
    assert (await file(here)).assignee_id is None
    assert (await file(there)).assignee_id is None


async def test_a_presence_that_ends_earlier_is_heard(two: tuple[LocalDesk, LocalDesk]) -> None:
    here, there = two
    ana = await hire(here)
    await set_presence(here, ana, Presence.AVAILABLE, minutes=60)
    assert (await file(here)).assignee_id == ana.id
    await set_presence(there, ana, Presence.AVAILABLE, minutes=1)
    here.now = there.now = here.now.replace(minute=5)
    assert (await file(here)).assignee_id is None


async def test_a_write_that_fails_leaves_nothing_behind(two: tuple[LocalDesk, LocalDesk]) -> None:
    here, _ = two
    ana = await hire(here)
    await set_presence(here, ana, Presence.AVAILABLE)

    def fail(work: UnitOfWork) -> None:
        assert ticket_creation.create_ticket(work, TICKET).assignee_id == ana.id
        raise RuntimeError("after the ticket was given")

    for _ in range(3):
        with pytest.raises(RuntimeError):
            await here.do(ADMIN, fail)
    filed = await asyncio.gather(*(file(here) for _ in range(4)))
    assert sorted(it.assignee_id == ana.id for it in filed) == [False, False, True, True]


def test_the_entry_that_is_longest_there_makes_room() -> None:
    cache = CommittedCache()
    for key in range(MAX_ENTRIES + 1):
        cache.put_entry(key, str(key))
    assert cache.take_entry(0) is None
    assert cache.take_entry(1) == "1"
    assert cache.take_entry(1) is None
