"""A conversation that is remembered says what one that is put together afresh would say."""

from typing import Any

from tests.support.desk import Org
from tests.support.rest import Caller


async def whole(caller: Caller, number: int) -> dict[str, Any]:
    """The ticket with its messages, as one answer, checked against the two routes for it."""
    path = f"/tickets/{number}"
    both: dict[str, Any] = (await caller.get(f"{path}?include=messages")).expect(200)
    again: dict[str, Any] = (await caller.get(f"{path}?include=messages")).expect(200)
    said = both.pop("messages")
    assert again.pop("messages") == said
    assert again == both == (await caller.get(path)).expect(200)
    assert said == (await caller.get(f"{path}/messages")).expect(200)
    return both | {"said": said}


async def test_every_change_of_a_ticket_shows_at_once(org: Org) -> None:
    agent, customer = await org.agent("Bo"), await org.customer("Dora")
    number = (await customer.post("/tickets", {"subject": "s", "description": "d"})).json["number"]
    path = f"/tickets/{number}"
    assert (await whole(agent, number))["assignee"] is None
    (await agent.post(f"{path}/claim")).expect(200)
    assert (await whole(agent, number))["assignee"]["name"] == "Bo"
    (await agent.post(f"{path}/messages", {"body": "between us", "kind": "note"})).expect(201)
    (await agent.post(f"{path}/messages", {"body": "to you"})).expect(201)
    assert [m["body"] for m in (await whole(agent, number))["said"]["items"]] == [
        "between us",
        "to you",
    ]
    assert [m["body"] for m in (await whole(customer, number))["said"]["items"]] == ["to you"]


async def test_a_new_name_and_an_erased_person_show_at_once(org: Org) -> None:
    agent, customer = await org.agent("Bo"), await org.customer("Dora")
    number = (await customer.post("/tickets", {"subject": "s", "description": "d"})).json["number"]
    (await customer.post(f"/tickets/{number}/messages", {"body": "my secret"})).expect(201)
    assert (await whole(agent, number))["customer"]["name"] == "Dora"
    (await org.admin.patch(f"/users/{customer.id}", {"name": "Dorothea"})).expect(200)
    renamed = await whole(agent, number)
    assert (
        renamed["customer"]["name"] == renamed["said"]["items"][0]["author"]["name"] == "Dorothea"
    )
    (await org.admin.post(f"/users/{customer.id}/erase")).expect(200)
    erased = str(await whole(agent, number))
    assert "secret" not in erased
    assert "Dorothea" not in erased


async def test_the_seq_is_that_of_today_though_the_ticket_is_as_it_was(org: Org) -> None:
    agent, customer = await org.agent(), await org.customer()
    number = (await customer.post("/tickets", {"subject": "s", "description": "d"})).json["number"]
    before = (await whole(agent, number))["said"]["seq"]
    (await customer.post("/tickets", {"subject": "another", "description": "d"})).expect(201)
    assert (await whole(agent, number))["said"]["seq"] == before + 1


async def test_what_an_agent_made_us_remember_no_other_customer_reads(org: Org) -> None:
    agent, customer, other = await org.agent(), await org.customer(), await org.customer()
    number = (await customer.post("/tickets", {"subject": "s", "description": "d"})).json["number"]
    await whole(agent, number)
    assert "tags" not in await whole(customer, number)
    (await other.get(f"/tickets/{number}?include=messages")).expect(404, "not-found")
