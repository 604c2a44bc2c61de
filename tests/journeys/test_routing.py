"""Routing over REST: who gets what, why, and what becomes of it when nobody is there."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

from common.organization import Assignment, AssignmentMode, Category
from tests.support.desk import Org, Tenants
from tests.support.process import serving
from tests.support.rest import Caller

GERMAN = Category("german", "German", required_skills=("german",))
MIXED = Category("mixed", "Mixed", optional_skills=("german",))
CATEGORIES = (Category("general", "General"), GERMAN, MIXED)


async def speaking(tenants: Tenants, **settings: Any) -> Org:
    return await tenants.found(assignment=Assignment(), categories=CATEGORIES, **settings)


async def present(org: Org, state: str = "available", **fields: Any) -> Caller:
    agent = await org.join(**fields)
    return await become(agent, state)


async def become(agent: Caller, state: str) -> Caller:
    (await agent.put("/me/presence", {"state": state})).expect(200)
    return agent


def owner(ticket: dict[str, Any]) -> int | None:
    return int(ticket["assignee"]["id"]) if ticket["assignee"] else None


def reason(ticket: dict[str, Any]) -> str:
    return str(ticket["routing"]["reason"])


async def test_the_agent_with_the_skill_gets_it_and_the_ticket_says_why(tenants: Tenants) -> None:
    org = await speaking(tenants)
    await present(org, name="Ana")
    bo = await present(org, name="Bo", skills=("german",))
    customer = await org.customer()
    filed = await customer.file(category="german")
    assert owner(filed) == bo.id
    assert "routing" not in filed
    seen = await org.admin.ticket(1)
    assert (owner(seen), seen["status"], reason(seen)) == (bo.id, "open", "assigned")
    assert seen["routing"]["detail"].startswith(
        "The agent has the skill german and came first with 1 of 10 tickets to do"
    )
    assert seen["version"] == 2
    created, assigned = [it for it in await org.admin.events() if "ticket" in it]
    assert (created["type"], created["changes"]) == ("ticket.created", {})
    assert created["ticket"]["assignee"] is None
    assert (assigned["type"], assigned["seq"]) == ("ticket.assigned", created["seq"] + 1)
    assert assigned["actor"] == {"id": None, "role": "system", "name": "Deskwire"}
    assert assigned["changes"]["assignee"] == [None, {"id": bo.id, "name": "Bo"}]
    assert [it["reason"] for it in assigned["changes"]["routing"]] == ["queued", "assigned"]
    [listed] = (await org.admin.get("/tickets")).expect(200)["items"]
    assert listed["routing"] == assigned["ticket"]["routing"] == seen["routing"]


async def test_where_room_comes_the_oldest_most_urgent_one_is_given(tenants: Tenants) -> None:
    org = await speaking(tenants)
    bo = await present(org, skills=("german",), capacity=1)
    await present(org, capacity=5)
    customer = await org.customer()
    await customer.file(category="german")
    for priority in ("normal", "high", "high", "urgent"):
        filed = await customer.file(category="german", priority=priority)
        assert owner(filed) is None
    assert reason(await org.admin.ticket(2)) == "all_at_capacity"
    assert owner(await org.admin.ticket(1)) == bo.id
    for done, given in ((1, 5), (5, 3), (3, 4)):
        await bo.edit(done, status="resolved")
        assert owner(await org.admin.ticket(given)) == bo.id
    await bo.edit(4, waiting_on="customer")
    assert owner(await org.admin.ticket(2)) == bo.id


async def test_nobody_there_it_waits_and_says_so_and_goes_to_who_comes(tenants: Tenants) -> None:
    org = await speaking(tenants)
    customer, agent = await org.customer(), await org.agent("Ana")
    for state in ("busy", "away", "offline"):
        await become(agent, state)
        number = (await customer.file())["number"]
        seen = await org.admin.ticket(number)
        assert (owner(seen), reason(seen)) == (None, "no_agent_online")
        assert "Nobody is available" in seen["routing"]["detail"]
    await customer.file(category="german")
    before = (await org.admin.get("/queues")).expect(200)["seq"]
    await become(agent, "available")
    assert [owner(await org.admin.ticket(n)) for n in (1, 2, 3, 4)] == [agent.id] * 3 + [None]
    left = await org.admin.ticket(4)
    assert reason(left) == "no_skill_match:german"
    assert "the skill german" in left["routing"]["detail"]
    told = await org.admin.events(before)
    assert [it["type"] for it in told] == [
        "presence.changed",
        *["ticket.assigned"] * 3,
        "ticket.updated",
    ]
    assert [it["reason"] for it in told[-1]["changes"]["routing"]] == [
        "no_agent_online",
        "no_skill_match:german",
    ]


async def test_of_two_alike_the_one_longest_without_gets_it(balanced: Org) -> None:
    agents = [await present(balanced, capacity=100) for _ in range(2)]
    customer = await balanced.customer()
    got = [owner(await customer.file()) for _ in range(6)]
    assert got == [agent.id for agent in agents] * 3
    # Who has just been given one by hand has the same load, and has not been given it by routing.
    await agents[0].edit(1, waiting_on="customer")
    await agents[1].edit(2, waiting_on="customer")
    assert owner(await customer.file()) == agents[0].id


async def test_a_hundred_tickets_at_once_are_shared_evenly(tenants: Tenants) -> None:
    for mode in (AssignmentMode.BALANCED, AssignmentMode.ROUND_ROBIN):
        org = await tenants.found(assignment=Assignment(mode))
        agents = [await present(org, capacity=25) for _ in range(4)]
        customer = await org.customer()
        filed = await asyncio.gather(*(customer.file() for _ in range(101)))
        shares = Counter(owner(ticket) for ticket in filed)
        assert [shares.pop(agent.id) for agent in agents] == [25] * 4
        assert shares == {None: 1}


async def test_claims_that_come_together_with_tickets_never_overload_by_themselves(
    tenants: Tenants,
) -> None:
    org = await tenants.found(assignment=Assignment())
    agents = [await present(org, capacity=6) for _ in range(3)]
    customer = await org.customer()

    async def claim(agent: Caller, number: int) -> None:
        assert (await agent.post(f"/tickets/{number}/claim")).status in {200, 404, 409}

    claims = (claim(agents[n % 3], n // 2) for n in range(2, 60))
    await asyncio.gather(*(customer.file() for _ in range(30)), *claims)
    for event in await org.admin.events():
        if event["type"] == "ticket.assigned":
            load, _, capacity = event["ticket"]["routing"]["detail"].partition(" of ")
            assert int(load.split()[-1]) <= int(capacity.split()[0]) == 6


async def test_two_servers_never_give_the_last_place_twice(
    tenants: Tenants, tmp_path: Path
) -> None:
    org = await tenants.found(assignment=Assignment())
    agents = [await present(org, capacity=5) for _ in range(3)]
    here = await org.customer()
    with serving(org.desk.url, tmp_path / "second.log") as second:
        there = here.at(second.http)
        filed = [caller.file() for _ in range(12) for caller in (here, there)]
        shares = Counter(owner(ticket) for ticket in await asyncio.gather(*filed))
    assert [shares[agent.id] for agent in agents] == [5, 5, 5]
    assert shares[None] == 9


async def test_put_back_it_does_not_come_to_the_same_agent_again(balanced: Org) -> None:
    ana, customer = await present(balanced, name="Ana"), await balanced.customer()
    assert owner(await customer.file()) == ana.id
    await ana.claim(1)
    released = (await ana.post("/tickets/1/release")).expect(200)
    assert (owner(released), released["status"]) == (None, "open")
    assert released["routing"] == {
        "reason": "no_other_agent",
        "detail": "Ana released it. Nobody else with the right skills is available.",
        "returned_by": {"id": ana.id, "name": "Ana"},
    }
    await become(ana, "offline")
    assert reason(await balanced.admin.ticket(1)) == "no_agent_online"
    await become(ana, "available")
    assert owner(await balanced.admin.ticket(1)) is None
    bo = await present(balanced, name="Bo")
    given = await balanced.admin.ticket(1)
    assert owner(given) == bo.id
    assert given["routing"]["detail"].startswith("Ana released it. The agent came first")
    (await bo.post("/tickets/1/release")).expect(200)
    assert owner(await balanced.admin.ticket(1)) is None
    assert owner(await ana.claim(1)) == ana.id


async def test_by_hand_the_capacity_may_be_exceeded_and_that_is_said(balanced: Org) -> None:
    ana = await present(balanced, name="Ana", capacity=1)
    customer = await balanced.customer()
    for _ in range(3):
        await customer.file()
    claimed = await ana.claim(2)
    assert claimed["routing"] == {
        "reason": "manual",
        "detail": "Claimed or assigned by hand, with 2 of 1 tickets to do, which is over capacity.",
    }
    given = (await balanced.admin.post("/tickets/3/assign", {"user_id": ana.id})).expect(200)
    assert given["status"] == "open"
    assert "3 of 1" in given["routing"]["detail"]
    alone = (await balanced.admin.post("/tickets/1/assign", {"user_id": ana.id})).expect(200)
    assert reason(alone) == "assigned", "it was Ana's already: nothing happened"


async def test_capacity_nought_means_no_automatic_work_and_less_is_refused(balanced: Org) -> None:
    ana, customer = await present(balanced, capacity=0), await balanced.customer()
    await customer.file()
    assert reason(await balanced.admin.ticket(1)) == "all_at_capacity"
    reply = await balanced.admin.patch(f"/users/{ana.id}", {"capacity": -1})
    assert reply.expect(422, "validation")["errors"][0]["pointer"] == "/capacity"
    (await balanced.admin.patch(f"/users/{ana.id}", {"capacity": 1})).expect(200)
    assert owner(await balanced.admin.ticket(1)) == ana.id


async def test_what_waits_is_looked_at_when_the_ticket_itself_changes(tenants: Tenants) -> None:
    org = await speaking(tenants)
    ana, customer = await present(org), await org.customer()
    await customer.file(category="german")
    moved = await org.admin.edit(1, category="general")
    assert owner(moved) == ana.id
    await customer.file(category="german")
    await org.admin.edit(2, snoozed_until="2999-01-01T00:00:00Z", category="general")
    assert reason(await org.admin.ticket(2)) == "snoozed"
    await customer.write(2, "Are you there?")
    assert owner(await org.admin.ticket(2)) == ana.id


async def test_new_skills_and_new_rules_let_what_waits_go(tenants: Tenants) -> None:
    org = await speaking(tenants)
    ana, customer = await present(org), await org.customer()
    await org.join(skills=("german",))
    for _ in range(2):
        await customer.file(category="german")
    (await org.admin.patch(f"/users/{ana.id}", {"skills": ["german"], "capacity": 1})).expect(200)
    assert [owner(await org.admin.ticket(n)) for n in (1, 2)] == [ana.id, None]
    bo = await present(org)
    assert owner(await org.admin.ticket(2)) is None
    easier = [{"slug": "general", "name": "General"}, {"slug": "german", "name": "German"}]
    (await org.admin.patch("", {"categories": easier})).expect(200)
    assert owner(await org.admin.ticket(2)) == bo.id


async def test_a_skill_that_no_agent_has_cannot_be_required(tenants: Tenants) -> None:
    org = await tenants.found(assignment=Assignment())
    await org.join(skills=("german",))
    await org.join(skills=("latin",), active=False)
    skills = ["german", "latin"]
    wish: list[dict[str, Any]] = [
        {"slug": "general", "name": "General"},
        {"slug": "old", "name": "Old", "required_skills": skills},
    ]
    refused = (await org.admin.patch("", {"categories": wish})).expect(422, "validation")
    assert [it["pointer"] for it in refused["errors"]] == ["/categories/1/required_skills/1"]
    wish[1]["required_skills"] = ["german"]
    (await org.admin.patch("", {"categories": wish})).expect(200)


async def test_in_manual_mode_nothing_is_given_until_the_mode_is_another(org: Org) -> None:
    ana, customer = await present(org), await org.customer()
    await customer.file()
    seen = await org.admin.ticket(1)
    assert (owner(seen), reason(seen)) == (None, "manual_mode")
    (await org.admin.patch("", {"assignment": {"mode": "round_robin"}})).expect(200)
    assert owner(await org.admin.ticket(1)) == ana.id
    (await org.admin.patch("", {"assignment": {"mode": "manual"}})).expect(200)
    await customer.file()
    assert owner(await org.admin.ticket(2)) is None


async def test_optional_skills_are_preferred_and_never_needed(tenants: Tenants) -> None:
    org = await speaking(tenants)
    fluent, other = await present(org, skills=("german",), capacity=2), await present(org)
    customer = await org.customer()
    got = [owner(await customer.file(category="mixed")) for _ in range(3)]
    assert got == [fluent.id, fluent.id, other.id]


async def test_reopened_work_goes_back_to_its_agent_or_waits_with_a_note(balanced: Org) -> None:
    ana, customer = await present(balanced, name="Ana", capacity=1), await balanced.customer()
    for _ in range(3):
        await customer.file()
    await ana.claim(1)
    await ana.edit(1, status="resolved")
    assert owner(await balanced.admin.ticket(2)) == ana.id
    await customer.write(1, "It broke again.")
    back = await balanced.admin.ticket(1)
    assert (owner(back), back["status"], back["reopen_count"]) == (ana.id, "in_progress", 1)
    assert back["routing"] == {
        "reason": "reopened",
        "detail": "Reopened, and back with its agent, with 2 of 1 tickets to do,"
        " one over capacity.",
    }
    await ana.edit(1, status="resolved")
    await ana.claim(3)  # two of one by now: a third would be one too many
    await customer.write(1, "And again.")
    full = await balanced.admin.ticket(1)
    assert (owner(full), full["status"], reason(full)) == (None, "open", "all_at_capacity")
    assert full["routing"]["detail"].startswith("Ana was not available when it was reopened.")
    await become(ana, "away")
    away = await balanced.admin.ticket(1)
    assert (owner(away), reason(away)) == (None, "no_agent_online")


async def test_who_leaves_leaves_their_tickets_to_the_others(balanced: Org) -> None:
    ana, customer = await present(balanced, name="Ana"), await balanced.customer()
    for _ in range(3):
        await customer.file()
    await ana.claim(2)
    await ana.edit(3, status="resolved")
    (await balanced.admin.patch(f"/users/{ana.id}", {"active": False})).expect(200)
    for number in (1, 2):
        seen = await balanced.admin.ticket(number)
        assert (owner(seen), seen["status"], reason(seen)) == (None, "open", "no_agent_online")
        assert seen["routing"]["detail"].startswith("Ana no longer works here.")
    assert owner(await balanced.admin.ticket(3)) == ana.id
    bo = await present(balanced)
    assert [owner(await balanced.admin.ticket(n)) for n in (1, 2)] == [bo.id] * 2
    (await balanced.admin.post(f"/users/{bo.id}/erase")).expect(200)
    assert [owner(await balanced.admin.ticket(n)) for n in (1, 2)] == [None] * 2
