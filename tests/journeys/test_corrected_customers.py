"""A ticket that was filed for the wrong person goes to the right one, at once."""

from common.people import Scope
from server.storage.queries.organization import ticket_link_generations
from tests.support.desk import Org, Tenants
from tests.support.import_lines import given_out, taken_in
from tests.support.rest import Caller


async def count_ratings(org: Org) -> int:
    span = {"from": "2000-01-01", "to": "2999-01-01"}
    total = (await org.admin.get("/reports/summary", **span)).expect(200)["total"]
    rated: int = total["csat"]["n"]
    return rated


async def correct(agent: Caller, number: int, email: str) -> dict[str, object]:
    body = {"customer_email": email}
    corrected: dict[str, object] = (await agent.post(f"/tickets/{number}/customer", body)).expect(
        200
    )
    return corrected


async def test_a_corrected_ticket_is_the_new_customers_at_once(org: Org) -> None:
    agent, wrong, right = (
        await org.agent(),
        await org.customer("Wrong"),
        await org.customer("Right"),
    )
    number = (await agent.file(customer_email=wrong.email))["number"]
    await agent.write(number, "Hello.")
    assert (await wrong.get("/notifications")).expect(200)["items"]
    (await wrong.get(f"/tickets/{number}", include="messages")).expect(200)
    before = (await agent.get("/queues")).expect(200)["seq"]
    ticket = await correct(agent, number, right.email.upper())
    assert ticket["customer"] == {"id": right.id, "name": "Right", "email": right.email}
    (await wrong.get(f"/tickets/{number}")).expect(404, "not-found")
    (await wrong.get(f"/tickets/{number}", include="messages")).expect(404, "not-found")
    assert (await wrong.get("/tickets")).expect(200)["items"] == []
    assert (await wrong.get("/notifications")).expect(200)["items"] == []
    seen = (await right.get(f"/tickets/{number}", include="messages")).expect(200)
    assert [it["body"] for it in seen["messages"]["items"]] == ["Hello."]
    assert [it["number"] for it in (await right.get("/tickets", q="broke")).expect(200)["items"]]
    (event,) = await agent.events(before)
    assert event["type"] == "ticket.updated"
    assert [it["name"] for it in event["changes"]["customer"]] == ["Wrong", "Right"]
    await correct(agent, number, right.email)
    assert await agent.events(before) == [event]


async def test_readers_of_what_is_public_do_not_learn_the_former_customer(org: Org) -> None:
    agent, wrong, right = await org.agent(), await org.customer("Wrong"), await org.customer()
    number = (await agent.file(customer_email=wrong.email))["number"]
    before = (await agent.get("/queues")).expect(200)["seq"]
    await correct(agent, number, right.email)
    reader = await org.key(Scope.TICKETS_READ_PUBLIC, Scope.EVENTS_READ)
    (event,) = await reader.events(before)
    assert event["changes"] == {}


async def test_the_former_customers_rating_is_not_the_new_ones(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    agent, wrong, right = await here.agent(), await here.customer(), await here.customer()
    number = (await wrong.file())["number"]
    await agent.claim(number)
    await agent.edit(number, status="resolved")
    rating = {"score": 2, "comment": "Between us: my boss broke it."}
    path = f"/tickets/{number}/rating"
    (await wrong.post(path, rating)).expect(200)
    await correct(agent, number, right.email)
    seen = await right.ticket(number)
    assert seen["rating"] is None
    assert "my boss" not in str((await right.get(f"/tickets/{number}", include="messages")).json)
    rated = [it for it in await agent.events() if it["type"] == "ticket.rated"]
    assert [it["changes"]["rating"][1]["comment"] for it in rated] == [rating["comment"]]
    assert await count_ratings(here) == 1
    await taken_in(there, *await given_out(here))
    assert (await there.admin.ticket(number))["rating"] is None
    assert await count_ratings(there) == 1
    # The same score again is the new customer's own.
    (await right.post(path, {"score": 2})).expect(200)
    assert (await right.ticket(number))["rating"]["score"] == 2


async def test_an_unknown_address_becomes_a_customer(org: Org) -> None:
    agent, wrong = await org.agent(), await org.customer()
    number = (await agent.file(customer_email=wrong.email))["number"]
    ticket = await correct(agent, number, "new@shop.example")
    assert ticket["customer"]["email"] == "new@shop.example"  # type: ignore[index]


async def test_links_to_the_ticket_end(org: Org) -> None:
    agent, wrong, right = await org.agent(), await org.customer(), await org.customer()
    number = (await agent.file(customer_email=wrong.email))["number"]
    await correct(agent, number, right.email)
    generation = await org.desk.database.read_snapshot(
        lambda it: ticket_link_generations.read_link_generation(it, org.id, number)
    )
    assert generation == 1


async def test_merged_tickets_go_along_and_never_alone(org: Org) -> None:
    agent, wrong, right = await org.agent(), await org.customer(), await org.customer()
    first, second = [(await wrong.file())["number"] for _ in range(2)]
    (await agent.post(f"/tickets/{second}/merge", {"into": first})).expect(200)
    path = f"/tickets/{second}/customer"
    refused = await agent.post(path, {"customer_email": right.email})
    refused.expect(409, "merged-elsewhere")
    await correct(agent, first, right.email)
    for number in (first, second):
        (await right.get(f"/tickets/{number}")).expect(200)
        (await wrong.get(f"/tickets/{number}")).expect(404, "not-found")
    assert len((await right.get(f"/tickets/{first}/messages")).expect(200)["items"]) == 1


async def test_only_agents_correct_customers(org: Org) -> None:
    customer = await org.customer()
    number = (await customer.file())["number"]
    body = {"customer_email": "x@y.example"}
    path = f"/tickets/{number}/customer"
    (await customer.post(path, body)).expect(403, "forbidden")
    (await (await org.key()).post(path, body)).expect(403, "forbidden")
    (await org.admin.post(path, {"customer_email": "no"})).expect(422, "validation")
    (await org.admin.post("/tickets/999/customer", body)).expect(404, "not-found")


async def test_a_corrected_customer_moves_out_and_in(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    agent, wrong, right = await here.agent(), await here.customer(), await here.customer()
    number = (await wrong.file())["number"]
    await wrong.write(number, "Mine?")
    await correct(agent, number, right.email)
    await right.write(number, "No, mine.")
    lines = await given_out(here)
    await taken_in(there, *lines)
    assert (await there.admin.ticket(number))["customer"]["email"] == right.email
    moved = await given_out(there)
    assert [it for it in moved if "ticket" in it] == [it for it in lines if "ticket" in it]
