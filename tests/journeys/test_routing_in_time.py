"""Routing as time passes: a ticket that lies, one that nobody is found for."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from common.organization import Assignment, BusinessHours
from server.desk.routing import ticket_returns, ticket_routing
from tests.support.desk import Org, Tenants
from tests.support.rest import Caller
from tests.support.timed_desk import TimedDesk

OFFICE = BusinessHours(*[(("09:00", "17:00"),)] * 5)


async def founded(timed: TimedDesk, web: aiohttp.ClientSession, **settings: Any) -> Org:
    settings.setdefault("assignment", Assignment())
    return await Tenants(timed, web).found(**settings)


async def present(org: Org, name: str) -> Caller:
    agent = await org.agent(name)
    (await agent.put("/me/presence", {"state": "available"})).expect(200)
    return agent


def owner(ticket: dict[str, Any]) -> int | None:
    return int(ticket["assignee"]["id"]) if ticket["assignee"] else None


async def test_what_an_agent_lets_lie_goes_to_another(
    timed: TimedDesk, web: aiohttp.ClientSession
) -> None:
    org = await founded(
        timed, web, assignment=Assignment(owner_timeout_minutes=60), business_hours=OFFICE
    )
    ana, customer = await present(org, "Ana"), await org.customer()
    await customer.file()
    await ana.claim(1)
    timed.later(minutes=59)
    await ana.write(1, "I am looking at it.")
    await ana.write(1, "Hm.", kind="note")
    timed.later(minutes=59)
    await timed.look()
    assert owner(await org.admin.ticket(1)) == ana.id, "answering begins it again"
    timed.later(minutes=1)
    due = timed.now
    timed.later(minutes=5)
    await timed.look()
    back = await org.admin.ticket(1)
    assert (owner(back), back["status"]) == (None, "open")
    assert back["routing"]["reason"] == "no_other_agent"
    assert back["routing"]["detail"].startswith("Ana had it and did not reply in time.")
    released = [it for it in await org.admin.events() if it["type"] == "ticket.released"]
    assert [it["at"] for it in released] == [due.strftime("%Y-%m-%dT%H:%M:%SZ")]
    bo = await present(org, "Bo")
    assert owner(await org.admin.ticket(1)) == bo.id


async def test_only_the_agents_own_business_time_counts(
    timed: TimedDesk, web: aiohttp.ClientSession
) -> None:
    org = await founded(
        timed, web, assignment=Assignment(owner_timeout_minutes=60), business_hours=OFFICE
    )
    ana, customer = await present(org, "Ana"), await org.customer()
    timed.later(hours=7, minutes=30)  # 16:30
    for _ in range(2):
        await customer.file()
    await ana.edit(2, waiting_on="customer")
    timed.later(hours=16)  # 8:30 the next morning
    await timed.look()
    assert owner(await org.admin.ticket(1)) == ana.id
    timed.later(hours=1)
    await timed.look()
    assert [owner(await org.admin.ticket(n)) for n in (1, 2)] == [None, ana.id]
    timed.later(days=2)
    await customer.write(2, "I am back.")
    await timed.look()
    assert owner(await org.admin.ticket(2)) == ana.id, "it was the customer's move until now"
    timed.later(hours=1)
    await timed.look()
    assert owner(await org.admin.ticket(2)) is None


async def test_a_new_limit_counts_for_what_is_held_already(
    timed: TimedDesk, web: aiohttp.ClientSession
) -> None:
    org = await founded(timed, web)
    ana, customer = await present(org, "Ana"), await org.customer()
    await customer.file()
    timed.later(hours=3)
    await timed.look()
    assert owner(await org.admin.ticket(1)) == ana.id
    limit = {"mode": "balanced", "owner_timeout_minutes": 60}
    (await org.admin.patch("", {"assignment": limit})).expect(200)
    await timed.look()
    assert owner(await org.admin.ticket(1)) is None


async def alarms(org: Org) -> list[str]:
    told = [it for it in await org.admin.events() if it["type"] == "ticket.updated"]
    return [
        it["at"]
        for it in told
        if "supervisors" in it["changes"].get("routing", [{}, {}])[1]["detail"]
    ]


async def test_where_nobody_is_found_the_supervisors_are_told_once(
    timed: TimedDesk, web: aiohttp.ClientSession
) -> None:
    org = await founded(timed, web)
    customer = await org.customer()
    await customer.file()
    due = timed.now + timedelta(minutes=5)
    timed.later(minutes=4)
    await timed.look()
    assert await alarms(org) == []
    timed.later(minutes=2)
    await timed.look()
    timed.later(minutes=20)
    await timed.look()
    assert await alarms(org) == [due.strftime("%Y-%m-%dT%H:%M:%SZ")]
    seen = await org.admin.ticket(1)
    assert seen["routing"]["reason"] == "no_agent_online"
    assert seen["routing"]["detail"].endswith("The supervisors have been notified.")
    told = (await org.admin.get("/notifications")).expect(200)["items"]
    assert [it["kind"] for it in told].count("unroutable") == 1
    ana = await present(org, "Ana")
    assert owner(await org.admin.ticket(1)) == ana.id


async def test_half_of_a_short_promise_is_told_before_the_five_minutes(
    timed: TimedDesk, web: aiohttp.ClientSession
) -> None:
    org = await founded(timed, web)
    policy = {"name": "Now", "first_response_minutes": 4}
    (await org.admin.patch("", {"sla_policies": [policy]})).expect(200)
    await (await org.customer()).file()
    due = timed.now + timedelta(minutes=2)
    timed.later(minutes=2)
    await timed.look()
    assert await alarms(org) == [due.strftime("%Y-%m-%dT%H:%M:%SZ")]


async def test_nobody_is_alarmed_where_tickets_are_given_by_hand(
    timed: TimedDesk, timed_org: Org
) -> None:
    await (await timed_org.customer()).file()
    timed.later(hours=1)
    await timed.look()
    assert await alarms(timed_org) == []


async def test_what_wakes_is_given_to_who_is_free(
    timed: TimedDesk, web: aiohttp.ClientSession
) -> None:
    org = await founded(timed, web)
    customer = await org.customer()
    await customer.file()
    until = timed.now + timedelta(hours=2)
    await org.admin.edit(1, snoozed_until=until.isoformat())
    ana = await present(org, "Ana")
    await timed.look()
    assert owner(await org.admin.ticket(1)) is None
    timed.later(hours=2)
    await timed.look()
    assert owner(await org.admin.ticket(1)) == ana.id


async def test_scenario_9_after_the_ttl_and_the_grace_work_returns(
    timed: TimedDesk, web: aiohttp.ClientSession
) -> None:
    org = await founded(timed, web)
    ana, customer = await org.agent("Ana"), await org.customer()
    body = {"state": "available", "ttl_seconds": 60}
    (await ana.put("/me/presence", body)).expect(200)
    await customer.file()
    timed.later(seconds=60)
    await timed.look()
    assert (await ana.get("/me")).expect(200)["presence"] == "offline"
    timed.later(seconds=59)
    await timed.look()
    assert owner(await org.admin.ticket(1)) == ana.id
    timed.later(seconds=1)
    await timed.look()
    seen = await org.admin.ticket(1)
    assert (owner(seen), seen["routing"]["reason"]) == (None, "no_agent_online")
    assert seen["routing"]["detail"].startswith("Ana's terminal lost its connection.")


async def test_who_did_not_renew_gets_nothing_before_anybody_has_come_by(
    timed: TimedDesk, web: aiohttp.ClientSession
) -> None:
    org = await founded(timed, web)
    ana, customer = await org.agent("Ana"), await org.customer()
    renewal = {"state": "available", "ttl_seconds": 60}
    (await ana.put("/me/presence", renewal)).expect(200)
    timed.later(seconds=60)
    await customer.file()
    waiting = await org.admin.ticket(1)
    assert (owner(waiting), waiting["routing"]["reason"]) == (None, "no_agent_online")
    (await ana.put("/me/presence", renewal)).expect(200)
    assert owner(await org.admin.ticket(1)) == ana.id, "she only was a little late"


@pytest.mark.parametrize("renewed", [60, 3600])
async def test_who_is_lost_and_then_loses_the_session_is_lost_still(
    timed: TimedDesk, web: aiohttp.ClientSession, renewed: int
) -> None:
    org = await founded(timed, web)
    ana, customer = await org.agent("Ana"), await org.customer()
    renewal = {"state": "available", "ttl_seconds": renewed}
    (await ana.put("/me/presence", renewal)).expect(200)
    await customer.file()
    timed.later(seconds=renewed)
    if renewed == 60:
        await timed.look()
    (await org.admin.patch(f"/users/{ana.id}", {"password": "another long one"})).expect(200)
    await timed.look(seconds=60)
    back = await org.admin.ticket(1)
    assert owner(back) is None
    assert back["routing"]["detail"].startswith("Ana's terminal lost its connection.")


async def test_nobody_has_to_renew_being_offline(
    timed: TimedDesk, web: aiohttp.ClientSession
) -> None:
    org = await founded(timed, web)
    ana, customer = await present(org, "Ana"), await org.customer()
    await customer.file()
    (await ana.put("/me/presence", {"state": "offline", "ttl_seconds": 30})).expect(200)
    for _ in range(2):
        await timed.look(seconds=60)
    assert owner(await org.admin.ticket(1)) == ana.id


async def test_nobody_is_missed_at_what_is_resolved(
    timed: TimedDesk, web: aiohttp.ClientSession
) -> None:
    org = await founded(timed, web)
    ana, customer = await org.agent("Ana"), await org.customer()
    (await ana.put("/me/presence", {"state": "available", "ttl_seconds": 60})).expect(200)
    await customer.file()
    await ana.claim(1)
    for _ in range(2):
        await timed.look(seconds=60)
    assert (await org.admin.ticket(1))["routing"]["reason"] == "agent_lost"
    await customer.edit(1, status="resolved")
    assert (await org.admin.ticket(1))["routing"]["reason"] == "assigned"
    (await ana.put("/me/presence", {"state": "available"})).expect(200)
    await ana.edit(1, status="in_progress")
    assert (await org.admin.ticket(1))["routing"]["reason"] == "assigned"


async def test_all_that_a_lost_agent_works_on_is_flagged(
    timed: TimedDesk, web: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_returns, "MAX_TICKETS_PER_TRANSACTION", 2)
    org = await founded(timed, web)
    ana, customer = await org.agent("Ana"), await org.customer()
    (await ana.put("/me/presence", {"state": "available", "ttl_seconds": 60})).expect(200)
    for number in range(1, 6):
        await customer.file()
        await ana.claim(number)
    for _ in range(4):
        await timed.look(seconds=60)
    flagged = [await org.admin.ticket(number) for number in range(1, 6)]
    assert {it["routing"]["reason"] for it in flagged} == {"agent_lost"}
    (await ana.put("/me/presence", {"state": "available"})).expect(200)
    back = [await org.admin.ticket(number) for number in range(1, 6)]
    assert {it["routing"]["reason"] for it in back} == {"assigned"}


async def test_what_one_agent_has_put_back_holds_up_nothing_that_another_has(
    timed: TimedDesk, web: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_routing, "MAX_EVENTS_PER_TRANSACTION", 2)
    org = await founded(timed, web)
    ana, customer = await present(org, "Ana"), await org.customer()
    for _ in range(3):
        number = (await customer.file(priority="urgent"))["number"]
        (await ana.post(f"/tickets/{number}/release")).expect(200)
    (await ana.put("/me/presence", {"state": "away"})).expect(200)
    bo = await present(org, "Bo")
    (await bo.put("/me/presence", {"state": "away"})).expect(200)
    for _ in range(3):
        await timed.look()
    lowest = (await customer.file(priority="low"))["number"]
    await bo.claim(lowest)
    (await bo.post(f"/tickets/{lowest}/release")).expect(200)
    (await ana.put("/me/presence", {"state": "available"})).expect(200)
    for _ in range(3):
        await timed.look()
    given = await org.admin.ticket(lowest)
    assert owner(given) == ana.id, given["routing"]


async def test_a_setting_makes_nothing_due_before_it_was_made(
    timed: TimedDesk, web: aiohttp.ClientSession
) -> None:
    org = await founded(timed, web)
    ana, customer = await present(org, "Ana"), await org.customer()
    for _ in range(2):
        await customer.file()
    await ana.edit(2, status="resolved")
    changed_at = timed.later(hours=50)
    assignment = {"mode": "balanced", "owner_timeout_minutes": 10}
    edit = {"assignment": assignment, "auto_close_hours": 24}
    (await org.admin.patch("", edit)).expect(200)
    await timed.look(minutes=1)
    told = f"{changed_at:%Y-%m-%dT%H:%M:%SZ}"
    seen = [it for it in await org.admin.events() if it["actor"]["role"] == "system"]
    at = {it["type"]: it["at"] for it in seen}
    assert (at["ticket.released"], at["ticket.closed"]) == (told, told)
    assert (await org.admin.ticket(2))["closed_at"] == told
