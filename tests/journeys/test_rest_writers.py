"""Concurrent writers: seqs without gap or repeat, one winner, and law 1 over REST and stream."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.desk import Org, Tenants
from tests.support.rest import Caller, Reply
from tests.support.stream_listener import StreamListeners

REFUSALS = {403, 404, 409, 412, 422}


async def log_is_whole(reader: Caller) -> list[dict[str, Any]]:
    """The log, if its seqs are 1, 2, 3 and so on, and its times never go back."""
    log = await reader.events()
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
    times = [event["at"] for event in log]
    assert times == sorted(times)
    assert (await reader.get("/queues")).expect(200)["seq"] == len(log)
    return log


def folded(log: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """The last ticket that each envelope carried."""
    return {event["ticket"]["number"]: event["ticket"] for event in log if "ticket" in event}


def evolved(log: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Tickets as their first envelope has them, changed as every later one says."""
    tickets: dict[int, dict[str, Any]] = {}
    for event in log:
        if "ticket" not in event:
            continue
        number = event["ticket"]["number"]
        if event["type"] == "ticket.created":
            tickets[number] = dict(event["ticket"])
            continue
        ticket = tickets[number]
        for field, (old, new) in event["changes"].items():
            assert ticket[field] == old, f"{event['type']} {field}"
            ticket[field] = new
        ticket["version"] += 1
        ticket["updated_at"], ticket["last_seq"] = event["at"], event["seq"]
    return tickets


class Writer:
    """Somebody who does this and that to the same few tickets as everybody else."""

    def __init__(self, caller: Caller, seed: int, agents: list[int]) -> None:
        self.caller = caller
        self.chance = random.Random(seed)  # noqa: S311 - deeds, not secrets
        self.agents = agents

    async def some(self, deeds: int) -> list[Reply]:
        return [await self.one() for _ in range(deeds)]

    async def one(self) -> Reply:
        number = self.chance.randint(1, 5)
        path, post, patch = f"/tickets/{number}", self.caller.post, self.caller.patch
        pick = self.chance.choice
        deeds: list[Callable[[], Awaitable[Reply]]] = [
            lambda: post("/tickets", {"subject": "It broke", "description": "Help"}),
            lambda: post("/tickets", {"subject": "It broke", "category": "none"}),
            lambda: post(f"{path}/claim"),
            lambda: post(f"{path}/release"),
            lambda: post(f"{path}/assign", {"user_id": pick([*self.agents, None, 7])}),
            lambda: post(f"{path}/messages", {"body": "Hello", "kind": pick(["reply", "note"])}),
            lambda: post(f"{path}/messages", {"body": "Hello", "after_seq": 1}),
            lambda: patch(path, {"status": pick(["open", "in_progress", "resolved", "closed"])}),
            lambda: patch(path, {"status": "closed", "reason": "spam"}),
            lambda: patch(path, {"priority": pick(["low", "high"]), "tags": [pick("abc")]}),
            lambda: patch(path, {"subject": pick(["One", "Two"]), "waiting_on": "customer"}),
            lambda: patch(path, {"priority": "urgent"}, If_Match='"2"'),
        ]
        return await pick(deeds)()


async def test_whatever_writers_do_at_once_log_stream_and_tickets_tell_the_same(
    org: Org, listeners: StreamListeners
) -> None:
    """Law 1, over REST and the live stream, with refusals in between."""
    customer, reader = await org.customer(), await org.agent()
    callers = [await org.agent(), await org.agent(), await org.supervisor(), customer]
    agents = [caller.id for caller in callers[:3]]
    for _ in range(5):
        await customer.file()
    listener, where = await listeners.of(reader)
    snapshot = (await reader.get("/tickets", limit=100)).expect(200)
    writers = [Writer(callers[n % 4], n, agents) for n in range(8)]
    done = await asyncio.gather(*(writer.some(20) for writer in writers))
    replies = list(itertools.chain(*done))
    assert {reply.status for reply in replies} <= {200, 201} | REFUSALS
    assert {403, 409, 422} <= {reply.status for reply in replies}
    log = await log_is_whole(reader)
    await listener.until_seq(len(log))
    assert listener.events == log[where["seq"] :]
    fresh = {it["number"]: it for it in await reader.everything("/tickets")}
    assert folded(log) == fresh == evolved(log)
    held = {it["number"]: it for it in snapshot["items"]}
    for event in listener.events:
        if "ticket" in event and event["seq"] > snapshot["seq"]:
            held[event["ticket"]["number"]] = event["ticket"]
    assert held == fresh
    for number in fresh:
        history = (await reader.get(f"/tickets/{number}/events", limit=1000)).expect(200)["items"]
        assert history == [it for it in log if it.get("ticket", {}).get("number") == number]
        messages = await reader.everything(f"/tickets/{number}/messages")
        assert messages == [it["message"] for it in history if "message" in it]


async def test_organizations_that_write_at_once_count_each_for_itself(tenants: Tenants) -> None:
    orgs = [await tenants.found() for _ in range(4)]
    customers = [await org.customer() for org in orgs for _ in range(2)]
    await asyncio.gather(*(customer.file() for customer in customers for _ in range(12)))
    for org in orgs:
        log = await log_is_whole(org.admin)
        numbers = [it["ticket"]["number"] for it in log if it["type"] == "ticket.created"]
        assert numbers == list(range(1, 25))


async def test_a_refusal_among_many_writes_takes_no_seq_and_no_number(org: Org) -> None:
    """Refused before it writes, or after: neither leaves a gap, nor takes others with it."""
    customer, agent = await org.customer(), await org.agent()
    known = {"subject": "A", "description": "B", "customer_email": customer.email}

    def asked(n: int) -> Awaitable[Reply]:
        if n % 5 == 1:
            return agent.post("/tickets", {**known, "category": "none"})
        if n % 5 == 2:
            return agent.post("/tickets", {**known, "customer_email": "nobody"})
        if n % 5 == 3:
            return org.admin.post("/users", {"email": agent.email, "name": "Taken"})
        return agent.post("/tickets", {**known, "customer_email": f"new{n % 7}@example.test"})

    replies = await asyncio.gather(*(asked(n) for n in range(60)))
    assert {reply.status for reply in replies} == {201, 409, 422}
    log = await log_is_whole(agent)
    numbers = [it["ticket"]["number"] for it in log if it["type"] == "ticket.created"]
    assert numbers == list(range(1, 25))
    filed = [reply.json["number"] for reply in replies if reply.status == 201]
    assert sorted(filed) == numbers
    people = await org.admin.everything("/users", role="customer")
    assert len(people) == 1 + 7


async def test_two_dozen_claim_at_once_and_one_wins(org: Org) -> None:
    agents = [await org.agent(f"Agent {n}") for n in range(24)]
    number = (await (await org.customer()).file())["number"]
    replies = await asyncio.gather(*(agent.post(f"/tickets/{number}/claim") for agent in agents))
    winners = [agent for agent, reply in zip(agents, replies, strict=True) if reply.status == 200]
    assert len(winners) == 1
    ticket = await org.admin.ticket(number)
    assert ticket["assignee"] == {"id": winners[0].id, "name": winners[0].name}
    for reply in replies:
        if reply.status != 200:
            refused = reply.expect(409, "already-claimed")
            assert refused["assignee"] == ticket["assignee"]
            assert winners[0].name in refused["detail"]
    claims = [it for it in await log_is_whole(org.admin) if it["type"] == "ticket.claimed"]
    assert len(claims) == 1


async def test_edits_of_different_settings_at_once_are_all_kept(org: Org) -> None:
    edits: list[dict[str, Any]] = [
        {"name": "New"},
        {"timezone": "Europe/Rome"},
        {"auto_close_hours": 1},
        {"reopen_closed_days": 3},
        {"signup": "open"},
        {"holidays": ["2026-12-25"]},
    ]
    await asyncio.gather(*(org.admin.patch("", edit) for edit in edits))
    settings = (await org.admin.get("")).expect(200)
    for edit in edits:
        assert settings.items() >= edit.items()
    log = await log_is_whole(org.admin)
    assert [it["type"] for it in log].count("org.changed") == len(edits)


async def test_of_two_stale_edits_at_once_one_is_told(org: Org) -> None:
    agent, customer = await org.agent(), await org.customer()
    for _ in range(5):
        number = (await customer.file())["number"]
        edits = [{"priority": "high"}, {"subject": "Other"}]
        replies = await asyncio.gather(
            *(agent.patch(f"/tickets/{number}", edit, If_Match='"1"') for edit in edits)
        )
        assert sorted(reply.status for reply in replies) == [200, 412]


async def test_one_address_filed_for_at_once_is_one_customer(org: Org) -> None:
    agent = await org.agent()
    body = {"subject": "A", "description": "B", "customer_email": "Who@Example.test"}
    replies = await asyncio.gather(*(agent.post("/tickets", body) for _ in range(12)))
    assert len({reply.expect(201)["customer"]["id"] for reply in replies}) == 1
    assert len(await org.admin.everything("/users", role="customer")) == 1
    await log_is_whole(agent)


@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
async def test_pages_under_concurrent_inserts_show_each_ticket_once(org: Org, sort: str) -> None:
    customer, agent = await org.customer(), await org.agent()
    for _ in range(12):
        await customer.file()
    before = {it["number"] for it in await agent.everything("/tickets")}
    busy = asyncio.gather(*(customer.file() for _ in range(30)))
    seen = [it["number"] for it in await agent.everything("/tickets", sort=sort, limit=3)]
    await busy
    assert len(seen) == len(set(seen))
    assert before <= set(seen)
    if sort == "created_at":
        assert seen == sorted(seen)
