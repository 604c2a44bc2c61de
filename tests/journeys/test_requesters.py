"""Anybody of the organization may ask for help: an agent is then the requester, over REST."""

from typing import Any

from common.organization import Assignment, AssignmentMode
from common.people import Scope
from tests.support.desk import Org, Tenants
from tests.support.rest import Caller

BALANCED = Assignment(AssignmentMode.BALANCED)


async def requested(org: Org) -> tuple[Caller, Caller]:
    """An agent whose own ticket is number 1, and a colleague."""
    ana, bo = await org.agent("Ana"), await org.agent("Bo")
    await ana.file(customer_email=ana.email.upper())
    return ana, bo


async def work_of(org: Org, agent: Caller) -> Any:
    span = {"from": "2020-01-01", "to": "2100-01-01", "group_by": "agent"}
    told = (await org.admin.get("/reports/summary", **span)).expect(200)
    groups = {group["key"]: group for group in told["groups"]}
    return groups.get(str(agent.id), {}), told["total"]


async def available(agent: Caller) -> None:
    (await agent.put("/me/presence", {"state": "available"})).expect(200)


async def test_an_agent_files_for_itself_and_for_a_colleague(org: Org) -> None:
    ana, bo = await requested(org)
    key = await org.key(Scope.TICKETS_WRITE)
    for_colleague = await ana.file(customer_email=bo.email)
    by_key = await key.file(customer_email=org.admin.email)

    assert (await ana.ticket(1))["customer"] == {"id": ana.id, "name": "Ana", "email": ana.email}
    assert for_colleague["customer"]["id"] == bo.id
    assert by_key["customer"]["id"] == org.admin.id
    assert [it["number"] for it in await bo.everything("/tickets", customer=ana.id)] == [1]
    assert len(await org.admin.everything("/users", role="customer")) == 0


async def test_the_requester_answers_nobody_and_is_answered_by_a_colleague(org: Org) -> None:
    ana, bo = await requested(org)
    await ana.write(1, "It still hums.")
    asked = await ana.ticket(1)
    await bo.write(1, "Unplug it.", waiting_on="customer")
    await ana.write(1, "Done.")
    answered = await ana.ticket(1)
    own, total = await work_of(org, ana)

    assert (asked["status"], asked["assignee"], asked["first_response_at"]) == ("open", None, None)
    assert (answered["assignee"]["id"], answered["waiting_on"]) == (bo.id, "agent")
    assert own.get("response_time", {"n": 0})["n"] == 0
    assert total["response_time"]["n"] == 1


async def test_who_works_on_the_own_request_does_not_answer_it(org: Org) -> None:
    ana, _ = await requested(org)
    await ana.claim(1)
    await ana.write(1, "Talking to myself.")
    ticket = await ana.ticket(1)

    assert (ticket["status"], ticket["first_response_at"]) == ("in_progress", None)


async def test_resolving_the_own_request_credits_whoever_had_it(org: Org) -> None:
    ana, bo = await requested(org)
    await ana.file(customer_email=ana.email)
    await bo.claim(2)
    alone = await ana.edit(1, status="resolved")
    helped = await ana.edit(2, status="resolved")
    own, _ = await work_of(org, ana)
    others, total = await work_of(org, bo)

    assert (alone["assignee"], helped["assignee"]["id"]) == (None, bo.id)
    assert (own.get("tickets_resolved", 0), others["tickets_resolved"]) == (0, 1)
    assert total["tickets_resolved"] == 2


async def test_a_reply_of_the_requester_takes_it_up_again_or_follows_it_up(org: Org) -> None:
    ana, bo = await requested(org)
    await bo.edit(1, status="resolved")
    await ana.write(1, "Not at all.")
    reopened = await ana.ticket(1)
    await bo.edit(1, status="resolved")
    await bo.edit(1, status="closed")
    followed = await ana.post("/tickets/1/messages", {"body": "Once more."})
    (await bo.post("/tickets/1/messages", {"body": "No."})).expect(409, "invalid-transition")

    assert (reopened["status"], reopened["reopen_count"]) == ("open", 1), "Bo is not there"
    assert reopened["routing"]["reason"] != "manual"
    assert followed.headers["Location"].endswith("/tickets/2")
    follow_up = await ana.ticket(2)
    assert (follow_up["followup_of"], follow_up["customer"]["id"]) == (1, ana.id)
    assert follow_up["assignee"] is None


async def test_the_requester_rates_but_not_its_own_work(org: Org) -> None:
    ana, bo = await requested(org)
    await ana.file(customer_email=ana.email)
    await bo.edit(1, status="resolved")
    await ana.claim(2)
    await ana.edit(2, status="resolved")
    (await bo.post("/tickets/1/rating", {"score": 5})).expect(403, "forbidden")
    (await ana.post("/tickets/2/rating", {"score": 5})).expect(403, "forbidden")
    rated = (await ana.post("/tickets/1/rating", {"score": 4})).expect(200)

    assert rated["rating"]["score"] == 4


async def test_the_requester_is_told_as_customers_are(org: Org) -> None:
    ana, bo = await requested(org)
    await bo.write(1, "Between us.", kind="note")
    await bo.write(1, "Unplug it.")
    await bo.edit(1, status="resolved")
    told = [
        (it["kind"], it["reason"], it["relation"]) for it in await ana.everything("/notifications")
    ]

    assert told == [
        ("resolved", "customer", "requested"),
        ("agent_reply", "customer", "requested"),
        ("created", "customer", "requested"),
    ]


async def test_what_an_agent_wishes_to_hear_of_its_own_requests_is_asked_for(org: Org) -> None:
    ana, bo = await requested(org)
    wish = {"kind": "agent_reply", "relation": "requested", "channels": []}
    (await ana.put("/me/preferences", {"notices": [wish]})).expect(200)
    await bo.write(1, "Unplug it.")

    assert [it["kind"] for it in await ana.everything("/notifications")] == ["created"]


async def test_routing_gives_a_request_to_a_colleague_while_one_is_free(tenants: Tenants) -> None:
    org = await tenants.found(assignment=BALANCED)
    ana, bo = await org.agent("Ana"), await org.join(name="Bo", capacity=1)
    await available(ana)
    await available(bo)
    first, second = [(await ana.file(customer_email=ana.email))["assignee"] for _ in range(2)]

    assert (first["id"], second["id"]) == (bo.id, ana.id)


async def test_erasing_an_agent_blanks_its_requests(org: Org) -> None:
    ana, bo = await requested(org)
    await ana.write(1, "It still hums.")
    (await org.admin.post(f"/users/{ana.id}/erase")).expect(200)
    ticket = await bo.ticket(1)
    said = await bo.everything("/tickets/1/messages")

    assert (ticket["description"], ticket["customer"]["name"]) == ("(erased)", "Erased")
    assert [message["body"] for message in said] == ["(erased)"]
