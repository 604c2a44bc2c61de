"""One person with several addresses is one customer, whichever of them is used."""

from typing import Any

from common.people import Role
from server.desk.erasure.user_erasure import erase_user
from tests.support.desk import PASSWORD, Org
from tests.support.rest import Caller


async def give(agent: Caller, customer: Caller, address: str, **fields: Any) -> dict[str, Any]:
    body = {"address": address, **fields}
    added: dict[str, Any] = (await agent.post(f"/users/{customer.id}/addresses", body)).expect(201)
    return added


async def addresses_of(agent: Caller, customer: Caller) -> list[tuple[str, bool]]:
    page = (await agent.get(f"/users/{customer.id}/addresses")).expect(200)
    return [(it["address"], it["primary"]) for it in page["items"]]


async def test_every_address_of_a_person_files_finds_and_signs_in(org: Org) -> None:
    agent, customer = await org.agent(), await org.customer("Cleo")
    await give(agent, customer, "Cleo@Work.example")
    filed = await agent.file(customer_email="cleo@work.example")
    assert filed["customer"] == {"id": customer.id, "name": "Cleo", "email": customer.email}
    for wanted in ("cleo@work.example", customer.email):
        found = (await agent.get("/tickets", q=wanted)).expect(200)["items"]
        assert [it["number"] for it in found] == [filed["number"]]
        people = (await org.admin.get("/users", q=wanted)).expect(200)["items"]
        assert [it["id"] for it in people] == [customer.id]
    body = {"email": "cleo@WORK.example", "password": PASSWORD}
    session = (await org.stranger.post("/sessions", body)).expect(201)
    assert session["user"]["id"] == customer.id


async def test_a_primary_address_changes_places_with_a_further_one(org: Org) -> None:
    agent, customer = await org.agent(), await org.customer()
    number = (await customer.file())["number"]
    before = (await agent.get("/queues")).expect(200)["seq"]
    await give(agent, customer, "new@work.example", primary=True)
    expected = [("new@work.example", True), (customer.email, False)]
    assert await addresses_of(agent, customer) == expected
    await give(agent, customer, "new@work.example")
    await give(agent, customer, customer.email)
    assert await addresses_of(agent, customer) == expected
    events = await agent.events(before)
    assert [it["type"] for it in events] == ["user.changed"]
    ticket = (await agent.get(f"/tickets/{number}")).expect(200)
    assert ticket["customer"]["email"] == "new@work.example"
    again = {"email": customer.email}
    (await org.admin.patch(f"/users/{customer.id}", again)).expect(200)
    assert await addresses_of(agent, customer) == [(customer.email, True)]
    assert (await agent.get("/tickets", q="new@work.example")).expect(200)["items"] == []


async def test_a_removed_address_is_free_and_finds_nobody(org: Org) -> None:
    agent, customer = await org.agent(), await org.customer()
    await customer.file()
    added = await give(agent, customer, "old@work.example")
    path = f"/users/{customer.id}/addresses/{added['id']}"
    other = await org.customer()
    (await agent.delete(f"/users/{other.id}/addresses/{added['id']}")).expect(404, "not-found")
    (await agent.delete(path)).expect(204)
    (await agent.delete(path)).expect(404, "not-found")
    assert (await agent.get("/tickets", q="old@work.example")).expect(200)["items"] == []
    await give(agent, other, "old@work.example")


async def test_a_taken_address_names_its_person_to_those_who_see_people(org: Org) -> None:
    agent, customer, other = await org.agent(), await org.customer("Cleo"), await org.customer()
    await give(agent, customer, "cleo@work.example")
    body = {"address": "cleo@work.example"}
    taken = await agent.post(f"/users/{other.id}/addresses", body)
    assert taken.expect(409, "email-taken")["user"] == {"id": customer.id, "name": "Cleo"}
    (await org.admin.patch("", {"signup": "open"})).expect(200)
    sign_up = {"email": "cleo@work.example", "name": "C", "password": PASSWORD}
    assert "user" not in (await org.stranger.post("/customers", sign_up)).expect(409, "email-taken")


async def test_agents_keep_the_addresses_of_customers_and_admins_those_of_agents(org: Org) -> None:
    agent, colleague, customer = await org.agent(), await org.agent(), await org.customer()
    path = f"/users/{colleague.id}/addresses"
    (await agent.get(path)).expect(403, "forbidden")
    (await agent.post(path, {"address": "x@y.example"})).expect(403, "forbidden")
    (await (await org.supervisor()).get(path)).expect(200)
    (await org.admin.post(path, {"address": "x@y.example"})).expect(201)
    (await customer.get(f"/users/{customer.id}/addresses")).expect(403, "forbidden")
    (await agent.get("/users/999999/addresses")).expect(404, "not-found")
    (await agent.post(f"/users/{customer.id}/addresses", {"address": "no"})).expect(
        422, "validation"
    )


async def test_a_person_has_at_most_twenty_further_addresses(org: Org) -> None:
    agent, customer = await org.agent(), await org.customer()
    for n in range(20):
        await give(agent, customer, f"{n}@work.example")
    path = f"/users/{customer.id}/addresses"
    (await agent.post(path, {"address": "x@work.example"})).expect(409, "too-many-addresses")


async def test_erasing_a_person_takes_every_address(org: Org) -> None:
    agent, customer = await org.agent(), await org.customer()
    await customer.file()
    await give(agent, customer, "cleo@work.example")
    await org.write(lambda work: erase_user(work, customer.id))
    assert await addresses_of(agent, customer) == [(f"erased-{customer.id}@invalid", True)]
    assert (await agent.get("/tickets", q="cleo@work.example")).expect(200)["items"] == []
    await org.join(Role.CUSTOMER, email="cleo@work.example")
