"""Versions tell customers, and keys that read public things alone, nothing that they do not see."""

from typing import Any

from common.people import Scope
from tests.support.desk import Org
from tests.support.rest import Caller

Json = dict[str, Any]
LATER = "2999-01-01T00:00:00Z"
HIDDEN = {"tags", "routing", "sla", "external_id"}


async def seen(caller: Caller, number: int) -> tuple[Json, str]:
    """The ticket, and its entity tag."""
    reply = await caller.get(f"/tickets/{number}")
    return reply.expect(200), reply.headers["ETag"]


async def hidden_things(agent: Caller, number: int) -> None:
    """Everything that happens to a ticket and that its customer is not shown."""
    await agent.write(number, "Among us: phlogiston.", kind="note")
    await agent.edit(number, tags=["vip"])
    await agent.edit(number, snoozed_until=LATER)
    await agent.edit(number, snoozed_until=None)


async def test_nothing_that_is_hidden_moves_what_a_customer_sees(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    number = (await customer.file())["number"]
    before = await seen(customer, number)
    page = (await customer.get("/tickets", sort="-updated_at")).expect(200)["items"]
    await hidden_things(agent, number)

    assert await seen(customer, number) == before
    assert (await customer.get("/tickets", sort="-updated_at")).expect(200)["items"] == page
    ticket, tag = before
    assert tag == f'"{ticket["version"]}"'
    assert (await agent.ticket(number))["version"] == ticket["version"] + 4


async def test_an_edit_by_a_customer_is_not_stale_by_what_is_hidden(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    number = (await customer.file())["number"]
    _, tag = await seen(customer, number)
    await hidden_things(agent, number)
    path = f"/tickets/{number}"
    written = await customer.post(f"{path}/messages", {"body": "Hello?"}, If_Match=tag)
    written.expect(201)
    stale = await customer.patch(path, {"status": "resolved"}, If_Match=tag)
    told = stale.expect(412, "stale-version")["ticket"]
    ticket, tag = await seen(customer, number)
    assert written.headers["ETag"] == tag
    assert (told["version"], told["last_seq"]) == (ticket["version"], ticket["last_seq"])
    (await customer.patch(path, {"status": "resolved"}, If_Match=tag)).expect(200)


async def test_what_a_customer_sees_moves_with_each_visible_change(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    number = (await customer.file())["number"]
    await agent.write(number, "Hm.", kind="note", waiting_on="customer")
    await agent.edit(number, tags=["a"], priority="high")
    await agent.claim(number)
    await agent.write(number, "Hello.")
    ticket, _ = await seen(customer, number)

    assert (ticket["version"], ticket["waiting_on"], ticket["priority"]) == (5, "customer", "high")
    assert ticket["last_seq"] == (await agent.ticket(number))["last_seq"]


async def test_customers_lists_are_filtered_and_sorted_by_what_they_see(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    first, second = [(await customer.file())["number"] for _ in range(2)]
    before, _ = await seen(customer, second)
    await hidden_things(agent, first)
    by_change = await customer.everything("/tickets", sort="-last_seq", limit=1)

    assert [it["number"] for it in by_change] == [second, first]
    for after in ({"last_seq_after": before["last_seq"]}, {"updated_after": before["updated_at"]}):
        assert await customer.everything("/tickets", **after) == []
    assert await customer.everything("/tickets", tag="vip") == []
    assert await customer.everything("/tickets", q="phlogiston") == []
    assert len(await customer.everything("/tickets", sort="-sla_due", limit=1)) == 2
    await agent.edit(first, subject="Other")
    changed = await customer.everything("/tickets", last_seq_after=before["last_seq"])
    assert [it["number"] for it in changed] == [first]


async def test_after_seq_of_what_a_customer_saw_is_not_crossed_by_a_note(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    number = (await customer.file())["number"]
    ticket, _ = await seen(customer, number)
    await hidden_things(agent, number)
    await customer.write(number, "Hello?", after_seq=ticket["last_seq"])
    await agent.write(number, "Hello.")
    body = {"body": "And?", "after_seq": ticket["last_seq"]}
    crossed = await customer.post(f"/tickets/{number}/messages", body)
    (message,) = crossed.expect(409, "conversation-advanced")["messages"]
    assert message["body"] == "Hello."


async def test_a_key_for_public_things_reads_tickets_as_their_customers_do(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    key = await org.key(Scope.TICKETS_READ_PUBLIC, Scope.TICKETS_WRITE)
    number = (await customer.file())["number"]
    await hidden_things(agent, number)
    await agent.write(number, "In public.")

    assert await seen(key, number) == await seen(customer, number)
    assert await key.everything("/tickets") == await customer.everything("/tickets")
    talk = await key.everything(f"/tickets/{number}/messages")
    assert [it["body"] for it in talk] == ["In public."]
    whole = (await key.get(f"/tickets/{number}", include="messages")).expect(200)
    assert [it["body"] for it in whole["messages"]["items"]] == ["In public."]
    for asked in ({"q": "phlogiston"}, {"tag": "vip"}):
        assert await key.everything("/tickets", **asked) == []
    edited = await key.edit(number, tags=["other"])
    assert not HIDDEN & edited.keys()
    assert edited["version"] == whole["version"]
    (await key.get("/events")).expect(403, "forbidden")


async def test_a_key_with_both_scopes_reads_all(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    key = await org.key(Scope.TICKETS_READ_PUBLIC, Scope.TICKETS_READ)
    number = (await customer.file())["number"]
    await hidden_things(agent, number)
    assert await key.ticket(number) == await agent.ticket(number)


async def test_a_key_for_public_things_reads_the_log_without_what_is_hidden(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    key = await org.key(Scope.TICKETS_READ_PUBLIC, Scope.EVENTS_READ)
    number = (await customer.file())["number"]
    await hidden_things(agent, number)
    await agent.write(number, "Secret.", kind="note", waiting_on="customer")
    await agent.edit(number, tags=["b"], priority="high")
    await agent.write(number, "In public.")
    log, after = [], 0
    while page := (await key.get("/events", after=after, limit=2)).expect(200)["items"]:
        log += page
        after = page[-1]["seq"]

    types = ["ticket.created", "ticket.updated", "ticket.updated", "message.added"]
    assert [it["type"] for it in log][:4] == types
    assert "Secret." not in str(log)
    assert "phlogiston" not in str(log)
    assert [set(it["changes"]) for it in log[1:3]] == [{"waiting_on"}, {"priority"}]
    assert all(not HIDDEN & it["ticket"].keys() for it in log)
    assert log[-1]["ticket"] == {
        name: value for name, value in (await key.ticket(number)).items() if name != "description"
    }
