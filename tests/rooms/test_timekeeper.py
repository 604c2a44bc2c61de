"""The timekeeper: from the database alone, on several servers, and past what goes wrong."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from server.desk.recording import ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import due_actions
from server.storage.queries.ticket import tickets
from tests.support.desk import Org, Tenants
from tests.support.timed_desk import TimedDesk, timed_desk


async def broken(org: Org) -> Counter[tuple[int, str]]:
    """Counts how often each promise was told to be broken."""
    log = await org.admin.events()
    return Counter(
        (it["ticket"]["number"], it["target"]) for it in log if it["type"] == "sla.breached"
    )


async def test_two_servers_that_look_at_once_do_nothing_twice(
    timed_url: str, web: aiohttp.ClientSession
) -> None:
    async with AsyncExitStack() as running:
        one, two = [await running.enter_async_context(timed_desk(timed_url)) for _ in range(2)]
        org = await Tenants(one, web).found()
        customer = await org.customer()
        for _ in range(60):
            await customer.file(priority="urgent")
        one.later(hours=3)
        two.later(hours=3)
        await asyncio.gather(one.look(), two.look())
        told = await broken(org)
        assert len(told) == 120
        assert set(told.values()) == {1}


async def test_what_was_due_while_no_server_ran_is_done_by_the_next_one(
    timed_url: str, web: aiohttp.ClientSession
) -> None:
    async with timed_desk(timed_url) as first:
        org = await Tenants(first, web).found()
        await (await org.customer()).file(priority="urgent")
        token = org.admin.token
    async with timed_desk(timed_url) as second:
        await second.look(days=1)
        org.admin = org.admin.at(second.http).having(token=token)
        assert len(await broken(org)) == 2


async def test_a_ticket_that_cannot_be_kept_holds_up_no_other(
    timed: TimedDesk, timed_org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = await timed_org.customer()
    for _ in range(3):
        await customer.file(priority="urgent")

    def keep(work: UnitOfWork, number: int, keep: Any = due_actions.run_due_actions) -> None:
        if number == 2 and work.actor.org_id == timed_org.id:
            raise ZeroDivisionError
        keep(work, number)

    monkeypatch.setattr(due_actions, "run_due_actions", keep)
    await timed.look(hours=3)
    assert {number for number, _ in await broken(timed_org)} == {1, 3}
    monkeypatch.undo()
    await timed.look()
    assert {number for number, _ in await broken(timed_org)} == {1, 2, 3}


async def test_a_refused_command_leaves_what_was_due_to_the_timekeeper(
    timed: TimedDesk, timed_org: Org
) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    await customer.file(priority="urgent")
    timed.later(hours=3)
    seq = (await agent.get("/queues")).expect(200)["seq"]
    (await agent.patch("/tickets/1", {"category": "none"})).expect(422, "validation")
    (await agent.patch("/tickets/1", {"priority": "low"}, If_Match='"9"')).expect(
        412, "stale-version"
    )
    assert (await agent.get("/queues")).expect(200)["seq"] == seq
    await timed.look()
    assert len(await broken(timed_org)) == 2


async def test_an_imported_ticket_is_closed_hours_after_it_was_taken_up(
    timed: TimedDesk, timed_org: Org
) -> None:
    """Not at once, and not in the year in which it was resolved."""
    customer, agent = await timed_org.customer(), await timed_org.agent()
    await customer.file()
    await agent.edit(1, status="resolved")

    def as_if_imported(work: UnitOfWork) -> None:
        ticket = ticket_repository.load_ticket(work, 1)
        old = replace(ticket, sla=None, resolved_at=timed.now - timedelta(days=5000))
        tickets.update_ticket(work.writing, ticket, old)

    await timed_org.write(as_if_imported)
    await timed.look(days=9)
    assert (await agent.ticket(1))["status"] == "resolved"
    assert (await agent.ticket(1))["sla"] is None
    await agent.write(1, "Looked at it again.", kind="note")
    await timed.look(hours=95)
    assert (await agent.ticket(1))["status"] == "resolved"
    await timed.look(hours=1)
    assert (await agent.ticket(1))["status"] == "closed"
