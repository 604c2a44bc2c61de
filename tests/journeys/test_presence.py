"""Presence over REST: who is there, until when, and what colleagues hear of it."""

from typing import Any

from tests.support.desk import Org
from tests.support.rest import Caller
from tests.support.stream_listener import StreamListeners
from tests.support.waiting import eventually


async def presence_of(caller: Caller) -> str:
    return str((await caller.get("/me")).expect(200)["presence"])


async def told_of(org: Org) -> list[dict[str, Any]]:
    events = (await org.admin.get("/events?limit=1000")).expect(200)["items"]
    return [event for event in events if event["type"] == "presence.changed"]


async def test_an_agent_says_that_they_are_there_and_colleagues_hear_it(org: Org) -> None:
    agent = await org.agent("Bo")
    assert await presence_of(agent) == "offline"
    me = (await agent.put("/me/presence", {"state": "available"})).expect(200)
    assert me["presence"] == "available"
    (event,) = await told_of(org)
    assert event["user"]["presence"] == "available"
    assert event["actor"]["id"] == event["user"]["id"] == agent.id


async def test_the_log_tells_each_presence_in_its_order(org: Org) -> None:
    agent = await org.agent()
    states = ["available", "busy", "away", "available", "offline"]
    for state in states:
        (await agent.put("/me/presence", {"state": state})).expect(200)
    assert [event["user"]["presence"] for event in await told_of(org)] == states


async def test_a_renewal_is_no_event(org: Org) -> None:
    agent = await org.agent()
    for _ in range(3):
        (await agent.put("/me/presence", {"state": "busy", "ttl_seconds": 60})).expect(200)
    assert len(await told_of(org)) == 1


async def test_who_does_not_renew_in_time_is_offline(org: Org, listeners: StreamListeners) -> None:
    agent = await org.agent()
    listener, _ = await listeners.of(org.admin)
    (await agent.put("/me/presence", {"state": "available", "ttl_seconds": 1})).expect(200)
    event = await listener.until(lambda told: told.get("user", {}).get("presence") == "offline")
    assert (event["type"], event["actor"]["role"]) == ("presence.changed", "system")
    assert await presence_of(agent) == "offline"


async def test_with_the_last_session_presence_ends(org: Org) -> None:
    agent = await org.agent()
    (await agent.put("/me/presence", {"state": "available"})).expect(200)
    (await agent.delete("/sessions/current")).expect(204)

    async def is_offline() -> bool:
        user = (await org.admin.get(f"/users/{agent.id}")).expect(200)
        return bool(user["presence"] == "offline")

    await eventually(is_offline)


async def test_a_customer_has_no_presence_and_a_bad_state_is_told(org: Org) -> None:
    customer = await org.customer()
    (await customer.put("/me/presence", {"state": "available"})).expect(403, "forbidden")
    reply = await org.admin.put("/me/presence", {"state": "asleep", "ttl_seconds": 0})
    pointers = {error["pointer"] for error in reply.expect(422, "validation")["errors"]}
    assert pointers == {"/state", "/ttl_seconds"}


async def test_reopened_work_returns_to_an_agent_who_is_there(org: Org) -> None:
    agent, customer = await org.agent(), await org.customer()
    filed = (await customer.post("/tickets", {"subject": "s", "description": "d"})).expect(201)
    ticket = f"/tickets/{filed['number']}"
    for state, status, assignee in (("busy", "in_progress", agent.id), ("away", "open", None)):
        (await agent.put("/me/presence", {"state": state})).expect(200)
        (await agent.post(f"{ticket}/claim")).expect(200)
        (await agent.patch(ticket, {"status": "resolved"})).expect(200)
        (await customer.post(f"{ticket}/messages", {"body": "still broken"})).expect(201)
        after = (await org.admin.get(ticket)).expect(200)
        owner = after["assignee"] and after["assignee"]["id"]
        assert (after["status"], owner) == (status, assignee)
