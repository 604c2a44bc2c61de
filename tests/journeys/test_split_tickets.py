"""Split tickets: messages about another matter begin a ticket of their own, and none is lost."""

from typing import Any

from tests.support.desk import Org, Tenants
from tests.support.import_lines import given_out, taken_in
from tests.support.rest import Caller


async def talked(org: Org) -> tuple[Caller, Caller, int, list[int]]:
    """An agent, a customer, and a ticket with four messages and their ids."""
    agent, customer = await org.agent("Ana"), await org.customer("Cleo")
    number = (await customer.file(priority="high"))["number"]
    first = await customer.write(number, "By the way, the lamp is broken, too.")
    note = await agent.write(number, "@Ana: another matter.", kind="note")
    answer = await agent.write(number, "Which lamp?")
    last = await customer.write(number, "The green one.")
    return agent, customer, number, [it["id"] for it in (first, note, answer, last)]


async def split(agent: Caller, number: int, ids: list[int], **fields: Any) -> dict[str, Any]:
    body = {"message_ids": ids, "subject": "The lamp", **fields}
    reply = await agent.post(f"/tickets/{number}/split", body)
    opened: dict[str, Any] = reply.expect(201)
    assert reply.headers["Location"].endswith(f"/tickets/{opened['number']}")
    return opened


async def messages(caller: Caller, number: int) -> list[dict[str, Any]]:
    page = (await caller.get(f"/tickets/{number}/messages")).expect(200)
    found: list[dict[str, Any]] = page["items"]
    return found


async def test_a_split_begins_a_ticket_with_copies_by_their_authors_and_times(org: Org) -> None:
    agent, customer, number, ids = await talked(org)
    originals = await messages(agent, number)
    opened = await split(agent, number, ids)
    assert (opened["description"], opened["priority"], opened["split_from"]) == (
        "By the way, the lamp is broken, too.",
        "high",
        number,
    )
    assert opened["customer"]["id"] == customer.id
    assert opened["created_at"] == originals[0]["created_at"]
    copies = await messages(agent, opened["number"])
    same = ("body", "kind", "author", "created_at")
    assert [{name: it[name] for name in same} for it in copies] == [
        {name: it[name] for name in same} for it in originals[1:]
    ]
    assert {it["ticket"] for it in copies} == {number}
    assert await messages(agent, number) == originals
    assert (await agent.ticket(number))["split_into"] == [opened["number"]]
    assert [it["body"] for it in await messages(customer, opened["number"])] == [
        "Which lamp?",
        "The green one.",
    ]
    assert "split_into" not in await customer.ticket(number)


async def test_a_split_tells_nobody_again(org: Org) -> None:
    agent, customer, number, ids = await talked(org)
    told = [(await it.get("/notifications")).expect(200)["items"] for it in (agent, customer)]
    before = (await agent.get("/queues")).expect(200)["seq"]
    opened = await split(agent, number, ids)
    again = [(await it.get("/notifications")).expect(200)["items"] for it in (agent, customer)]
    assert again == told
    events = await agent.events(before)
    assert [(it["type"], it["ticket"]["number"]) for it in events] == [
        ("ticket.split", number),
        ("ticket.created", opened["number"]),
        *[("message.added", opened["number"])] * 3,
    ]
    assert events[2]["message"] == (await messages(agent, opened["number"]))[0]


async def test_a_split_needs_messages_of_the_ticket_and_a_reply_to_begin_with(org: Org) -> None:
    agent, customer, number, ids = await talked(org)
    path = f"/tickets/{number}/split"
    for bad in ([ids[1]], [999], [], [ids[0], 999], [ids[1], ids[2]]):
        body = {"message_ids": bad, "subject": "The lamp"}
        (await agent.post(path, body)).expect(422, "validation")
    good = {"message_ids": ids[:1], "subject": "The lamp"}
    (await agent.post(path, {**good, "category": "nowhere"})).expect(422, "validation")
    (await customer.post(path, good)).expect(403, "forbidden")
    assert "split_into" not in await agent.ticket(number)
    (await agent.post(path, good)).expect(201)


async def test_a_message_of_a_merged_ticket_is_split_from_its_survivor(org: Org) -> None:
    agent, customer, number, _ = await talked(org)
    other = (await customer.file(description="And a chair."))["number"]
    (await agent.post(f"/tickets/{other}/merge", {"into": number})).expect(200)
    opening = next(it for it in await messages(agent, number) if it["body"] == "And a chair.")
    opened = await split(agent, number, [opening["id"]])
    assert opened["description"] == "And a chair."
    refused = await agent.post(
        f"/tickets/{other}/split", {"message_ids": [opening["id"]], "subject": "x"}
    )
    refused.expect(409, "merged-elsewhere")


async def test_a_split_ticket_moves_out_and_in(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    agent, _customer, number, ids = await talked(here)
    opened = await split(agent, number, ids)
    lines = await given_out(here)
    await (await there.customer()).file()
    await taken_in(there, *lines)
    found = {it["subject"]: it for it in await there.admin.everything("/tickets", q="lamp")}
    lamp, old = found["The lamp"], await there.admin.ticket(found["The lamp"]["split_from"])
    assert old["split_into"] == [lamp["number"]]
    said = [it["body"] for it in await messages(there.admin, lamp["number"])]
    assert said == [it["body"] for it in await messages(agent, opened["number"])]


async def count_responses(org: Org) -> tuple[int, int]:
    """First responses, and all of them."""
    span = {"from": "2000-01-01", "to": "2999-01-01"}
    total = (await org.admin.get("/reports/summary", **span)).expect(200)["total"]
    return total["first_response_time"]["n"], total["response_time"]["n"]


async def test_a_copied_reply_counts_once(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    agent, _customer, number, ids = await talked(here)
    await agent.write(number, "We send somebody.")
    before = await count_responses(here)
    assert before == (1, 2)
    opened = await split(agent, number, ids)
    assert await count_responses(here) == before
    await agent.write(opened["number"], "A new one is on its way.")
    assert await count_responses(here) == (1, 3)
    await taken_in(there, *await given_out(here))
    assert await count_responses(there) == (1, 3)


async def test_a_split_that_begins_with_our_reply_waits_for_the_customer(
    tenants: Tenants,
) -> None:
    here, there = await tenants.found(), await tenants.found()
    agent, customer, number, ids = await talked(here)
    opened = (await split(agent, number, [ids[2]]))["number"]
    ticket = await agent.ticket(opened)
    assert (ticket["waiting_on"], ticket["sla"]["state"]) == ("customer", "paused")
    assert ticket["sla"]["first_response_due"] is None
    assert ticket["sla"]["resolution_due"] is None
    await customer.write(opened, "The red one.")
    asked = await agent.ticket(opened)
    assert (asked["waiting_on"], asked["sla"]["state"]) == ("agent", "ok")
    assert asked["sla"]["next_response_due"]
    assert asked["sla"]["first_response_due"] is None
    await agent.write(opened, "Thank you.")
    assert await count_responses(here) == (1, 2)
    await taken_in(there, *await given_out(here))
    assert await count_responses(there) == (1, 2)
    found = {it["subject"]: it for it in await there.admin.everything("/tickets")}
    assert found["The lamp"]["first_response_at"] == asked["first_response_at"]


async def test_the_customers_copied_question_starts_the_clock_behind_our_reply(
    org: Org,
) -> None:
    agent, _customer, number, ids = await talked(org)
    originals = await messages(agent, number)
    opened = (await split(agent, number, ids[2:]))["number"]
    ticket = await agent.ticket(opened)
    assert ticket["created_at"] == originals[2]["created_at"]
    assert (ticket["waiting_on"], ticket["sla"]["first_response_due"]) == ("agent", None)
    assert ticket["sla"]["next_response_due"]
