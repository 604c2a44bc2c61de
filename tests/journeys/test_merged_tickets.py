"""Merged tickets: one conversation, whichever of them is written to, until it is undone."""

from typing import Any

from common.organization import Assignment, AssignmentMode
from server.desk.erasure.user_erasure import erase_user
from tests.support.desk import Org, Tenants
from tests.support.rest import Caller


async def two_tickets(org: Org) -> tuple[Caller, Caller, int, int]:
    """An agent and a customer, with two tickets of the customer."""
    agent, customer = await org.agent("Ana"), await org.customer("Cleo")
    first = (await customer.file(subject="First", description="It broke."))["number"]
    second = (await customer.file(subject="Second", description="Still broken."))["number"]
    return agent, customer, first, second


async def merge(agent: Caller, number: int, into: int) -> dict[str, Any]:
    merged: dict[str, Any] = (await agent.post(f"/tickets/{number}/merge", {"into": into})).expect(
        200
    )
    return merged


async def reply(caller: Caller, number: int, body: str) -> None:
    (await caller.post(f"/tickets/{number}/messages", {"body": body})).expect(201)


async def bodies(caller: Caller, number: int, **query: Any) -> list[str]:
    page = (await caller.get(f"/tickets/{number}/messages", **query)).expect(200)
    return [it["body"] for it in page["items"]]


async def read(caller: Caller, number: int) -> dict[str, Any]:
    ticket: dict[str, Any] = (await caller.get(f"/tickets/{number}")).expect(200)
    return ticket


async def test_a_survivor_shows_both_conversations_in_order(org: Org) -> None:
    agent, customer, first, second = await two_tickets(org)
    await reply(agent, first, "Which one?")
    await reply(customer, second, "The red one.")
    note = {"body": "Both are one.", "kind": "note"}
    (await agent.post(f"/tickets/{second}/messages", note)).expect(201)
    await reply(customer, first, "As I said.")
    merged = await merge(agent, second, first)
    assert (merged["status"], merged["close_reason"], merged["merged_into"]) == (
        "closed",
        "merged",
        first,
    )
    everything = ["Still broken.", "Which one?", "The red one.", "Both are one.", "As I said."]
    assert await bodies(agent, first) == everything
    public = [body for body in everything if body != "Both are one."]
    assert await bodies(customer, first) == public
    assert await bodies(agent, first, sort="-seq", limit=2) == everything[:-3:-1]
    assert await bodies(agent, second) == ["The red one.", "Both are one."]
    page = (await agent.get(f"/tickets/{first}/messages")).expect(200)["items"]
    assert [it.get("ticket") for it in page] == [second, None, second, second, None]
    whole = (await agent.get(f"/tickets/{first}", include="messages")).expect(200)
    assert [it["body"] for it in whole["messages"]["items"]] == everything
    assert (await read(agent, first))["merged_from"] == [second]
    assert "merged_from" not in await read(customer, first)
    assert (await read(customer, second))["merged_into"] == first


async def test_pages_of_a_merged_conversation_join_without_a_gap(org: Org) -> None:
    agent, customer, first, second = await two_tickets(org)
    for n in range(5):
        await reply(customer, (first, second)[n % 2], str(n))
    await merge(agent, second, first)
    path, found = f"/tickets/{first}/messages", []
    cursor: dict[str, str] = {}
    for _ in range(6):
        page = (await agent.get(path, limit=1, **cursor)).expect(200)
        found += [it["body"] for it in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    assert found == ["Still broken.", *"01234"]
    assert page["next_cursor"] is None


async def test_what_is_written_to_a_merged_ticket_lands_on_the_survivor(org: Org) -> None:
    agent, customer, first, second = await two_tickets(org)
    await merge(agent, second, first)
    for caller in (customer, agent):
        answer = await caller.post(f"/tickets/{second}/messages", {"body": "More."})
        assert answer.expect(201)["ticket"] == first
        assert answer.headers["Location"] == f"/v1/orgs/{org.id}/tickets/{first}"
    assert await bodies(agent, second) == []
    assert (await bodies(agent, first))[-2:] == ["More.", "More."]
    third = (await customer.file())["number"]
    await merge(agent, first, third)
    (await customer.post(f"/tickets/{second}/messages", {"body": "Third."})).expect(201)
    assert (await bodies(agent, third))[-1] == "Third."
    assert (await read(agent, third))["merged_from"] == [first, second]


async def test_an_unanswered_message_of_the_merged_ticket_waits_in_the_survivor(org: Org) -> None:
    agent, _customer, first, second = await two_tickets(org)
    answer = {"body": "Done?", "waiting_on": "customer"}
    (await agent.post(f"/tickets/{first}/messages", answer)).expect(201)
    assert (await read(agent, first))["sla"]["next_response_due"] is None
    await merge(agent, second, first)
    ticket = await read(agent, first)
    assert ticket["waiting_on"] == "agent"
    assert ticket["sla"]["next_response_due"] is not None


async def test_an_undone_merge_gives_back_what_was_the_tickets_own(org: Org) -> None:
    agent, customer, first, second = await two_tickets(org)
    (await agent.post(f"/tickets/{second}/claim")).expect(200)
    await reply(customer, second, "Own.")
    before = await read(agent, second)
    await merge(agent, second, first)
    await reply(customer, second, "After.")
    restored = (await agent.post(f"/tickets/{second}/unmerge")).expect(200)
    same = {"status", "assignee", "close_reason", "closed_at", "reopen_count", "waiting_on"}
    assert {name: restored[name] for name in same} == {name: before[name] for name in same}
    assert "merged_into" not in restored
    assert await bodies(agent, second) == ["Own."]
    assert await bodies(agent, first) == ["After."]
    assert "merged_from" not in await read(agent, first)
    refused = await agent.post(f"/tickets/{second}/unmerge")
    refused.expect(409, "not-merged")


async def test_a_resolved_ticket_is_resolved_again_by_its_resolver(org: Org) -> None:
    agent, customer, first, second = await two_tickets(org)
    (await agent.patch(f"/tickets/{second}", {"status": "resolved"})).expect(200)
    before = await read(agent, second)
    await merge(await org.supervisor(), second, first)
    (await customer.post(f"/tickets/{second}/rating", {"score": 5})).expect(
        409, "invalid-transition"
    )
    restored = (await (await org.agent()).post(f"/tickets/{second}/unmerge")).expect(200)
    assert (restored["status"], restored["resolved_at"]) == ("resolved", before["resolved_at"])
    summary = (await org.admin.get("/reports/summary", **TO_COME, group_by="agent")).expect(200)
    assert summary["total"]["reopened"] == 0
    assert {it["key"]: it["tickets_resolved"] for it in summary["groups"]}[str(agent.id)] == 1


TO_COME = {"from": "2026-01-01", "to": "2099-01-01"}


async def test_a_merged_ticket_counts_as_created_only(org: Org) -> None:
    agent, _customer, first, second = await two_tickets(org)
    await reply(agent, second, "Hello.")
    await merge(agent, second, first)
    total = (await org.admin.get("/reports/summary", **TO_COME)).expect(200)["total"]
    assert (total["tickets_created"], total["backlog"], total["response_time"]["n"]) == (2, 1, 0)
    (await agent.post(f"/tickets/{second}/unmerge")).expect(200)
    total = (await org.admin.get("/reports/summary", **TO_COME)).expect(200)["total"]
    assert (total["tickets_created"], total["backlog"], total["response_time"]["n"]) == (2, 2, 1)
    assert (total["reopened"], total["unanswered"]) == (0, 0)


async def test_merges_that_would_mix_or_lose_words_are_refused(org: Org) -> None:
    agent, customer, first, second = await two_tickets(org)
    others = (await (await org.customer()).file())["number"]
    path = f"/tickets/{second}/merge"
    (await agent.post(path, {"into": others})).expect(409, "different-customers")
    (await agent.post(path, {"into": second})).expect(422, "validation")
    (await agent.post(path, {"into": 999})).expect(422, "validation")
    (await customer.post(path, {"into": first})).expect(403, "forbidden")
    (await (await org.key()).post(path, {"into": first})).expect(403, "forbidden")
    (await agent.patch(f"/tickets/{first}", {"status": "resolved"})).expect(200)
    (await agent.post(path, {"into": first})).expect(409, "not-mergeable")
    (await agent.patch(f"/tickets/{first}", {"status": "in_progress"})).expect(200)
    await merge(agent, second, first)
    await merge(agent, second, first)
    (await agent.post(f"/tickets/{first}/merge", {"into": second})).expect(409, "not-mergeable")
    reopen = {"status": "in_progress", "reason": "mine"}
    refused = await (await org.supervisor()).patch(f"/tickets/{second}", reopen)
    assert refused.expect(409, "invalid-transition")["allowed"] == []


async def test_a_follower_of_the_merged_ticket_follows_the_survivor(org: Org) -> None:
    agent, _customer, first, second = await two_tickets(org)
    (await agent.put(f"/tickets/{second}/follow", {})).expect(204)
    await merge(await org.agent(), second, first)
    found = (await agent.get(f"/tickets/{first}/followers")).expect(200)["items"]
    assert [it["id"] for it in found] == [agent.id]


async def test_a_redaction_reaches_what_the_survivor_shows(org: Org) -> None:
    agent, customer, first, second = await two_tickets(org)
    await reply(customer, second, "My card is 4111 1111 1111 1111.")
    await merge(agent, second, first)
    (await agent.get(f"/tickets/{first}", include="messages")).expect(200)
    before = (await agent.get("/queues")).expect(200)["seq"]
    said = {"text": "4111111111111111", "reason": "card"}
    done = (await agent.post(f"/tickets/{first}/redact", said)).expect(200)
    whole = (await agent.get(f"/tickets/{first}", include="messages")).expect(200)
    assert [it["body"] for it in whole["messages"]["items"]] == [
        "Still broken.",
        "My card is (redacted).",
    ]
    opening, message = (it["id"] for it in whole["messages"]["items"])
    assert done["redacted"] == {"message_ids": [message]}
    events = await agent.events(before)
    assert [(it["type"], it["ticket"]["number"]) for it in events] == [
        ("ticket.redacted", second),
        ("ticket.redacted", first),
    ]
    one = {"message_id": opening, "reason": "private"}
    (await agent.post(f"/tickets/{first}/redact", one)).expect(200)
    assert (await bodies(agent, first))[0] == "(redacted)"
    assert (await read(agent, second))["description"] == "(redacted)"
    await org.write(lambda work: erase_user(work, customer.id))
    assert await bodies(agent, first) == ["(redacted)", "(erased)"]


async def test_an_agent_writes_only_after_reading_what_the_merge_brought(org: Org) -> None:
    agent, customer, first, second = await two_tickets(org)
    seen = (await agent.get("/queues")).expect(200)["seq"]
    await reply(customer, second, "New.")
    await merge(agent, second, first)
    said = {"body": "Hello.", "after_seq": seen}
    refused = (await agent.post(f"/tickets/{first}/messages", said)).expect(
        409, "conversation-advanced"
    )
    assert [it["body"] for it in refused["messages"]] == ["New."]


async def test_an_unmerged_ticket_of_an_agent_who_left_waits_in_the_queue(
    tenants: Tenants,
) -> None:
    org = await tenants.found(assignment=Assignment(AssignmentMode.MANUAL))
    agent, _customer, first, second = await two_tickets(org)
    (await agent.post(f"/tickets/{second}/claim")).expect(200)
    await merge(agent, second, first)
    (await org.admin.patch(f"/users/{agent.id}", {"active": False})).expect(200)
    restored = (await org.admin.post(f"/tickets/{second}/unmerge")).expect(200)
    assert (restored["status"], restored["assignee"]) == ("open", None)


async def list_participating(agent: Caller, number: int) -> set[str]:
    page = (await agent.get(f"/tickets/{number}/participants")).expect(200)
    return {it["name"] for it in page["items"]}


async def test_participants_who_came_with_a_ticket_leave_with_it(org: Org) -> None:
    agent, customer = await org.agent(), await org.customer()
    first, second = [(await customer.file())["number"] for _ in range(2)]
    came, wrote, chosen, own = [await org.customer(it) for it in ("Cam", "Wu", "Cho", "Ora")]
    for person, number in ((came, second), (wrote, second), (chosen, second), (own, first)):
        (await agent.put(f"/tickets/{number}/participants/{person.id}", {})).expect(204)
    merge = {"into": first, "share": True}
    (await agent.post(f"/tickets/{second}/merge", merge)).expect(200)
    assert await list_participating(agent, first) == {"Cam", "Wu", "Cho", "Ora"}
    await agent.write(first, "To all of you.")
    assert (await came.get("/notifications")).expect(200)["items"]
    (await wrote.post(f"/tickets/{first}/messages", {"body": "I am in."})).expect(201)
    (await agent.put(f"/tickets/{first}/participants/{chosen.id}", {})).expect(204)
    (await agent.post(f"/tickets/{second}/unmerge")).expect(200)
    assert await list_participating(agent, first) == {"Wu", "Cho", "Ora"}
    assert await list_participating(agent, second) == {"Cam", "Wu", "Cho"}
    (await came.get(f"/tickets/{first}")).expect(404, "not-found")
    (await came.get(f"/tickets/{second}")).expect(200)
    assert (await came.get("/notifications")).expect(200)["items"] == []
