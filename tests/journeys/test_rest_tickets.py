"""Tickets over REST: what the wire carries, follow-ups, notes, keys, one event for one PATCH."""

from typing import Any

import pytest

from common.people import Scope
from common.tickets.ticket import AUDIENCES, Audience
from tests.support.desk import Org
from tests.support.marks import on_sqlite
from tests.support.rest import Caller

FIELDS = {
    "org_id", "number", "subject", "description", "status", "priority", "category", "tags",
    "customer", "assignee", "waiting_on", "snoozed_until", "close_reason", "followup_of",
    "created_at", "updated_at", "first_response_at", "resolved_at", "closed_at", "reopen_count",
    "routing", "sla", "rating", "version", "last_seq", "external_id", "channel",
}  # fmt: skip
"""Fields that programs rely on, written out. Later ones follow from the table of `Ticket`."""
HIDDEN = {"tags", "routing", "sla", "external_id"}
STAFF_FIELDS = {name for name, audience in AUDIENCES.items() if audience is Audience.STAFF}


async def last_events(reader: Caller, after: int) -> list[tuple[str, dict[str, Any]]]:
    return [(it["type"], it["changes"]) for it in await reader.events(after)]


async def seq(reader: Caller) -> int:
    return int((await reader.get("/queues")).expect(200)["seq"])


async def test_a_ticket_on_the_wire_has_the_contracts_fields(org: Org) -> None:
    customer, agent = await org.customer("Carla"), await org.agent()
    filed = await customer.post("/tickets", {"subject": "A", "description": "B"})
    ticket = filed.expect(201)
    assert set(ticket) & FIELDS == FIELDS - HIDDEN
    assert filed.headers["Location"] == f"/v1/orgs/{org.id}/tickets/1"
    assert filed.headers["ETag"] == '"1"'
    seen = await agent.ticket(1)
    assert set(seen) >= FIELDS
    assert {ticket.get(name) for name in STAFF_FIELDS} == {None}
    assert set(seen) - set(ticket) <= STAFF_FIELDS
    assert seen["customer"] == {"id": customer.id, "name": "Carla", "email": customer.email}
    assert (seen["status"], seen["priority"], seen["category"]) == ("open", "normal", "general")
    assert (seen["waiting_on"], seen["tags"], seen["version"]) == ("agent", [], 1)
    assert seen["created_at"] == seen["updated_at"]
    assert seen["created_at"].endswith("Z")
    assert {seen[name] for name in ("rating", "assignee", "followup_of")} == {None}
    assert seen["routing"] == {
        "reason": "manual_mode",
        "detail": "Tickets are assigned by hand here: claim it, or assign it to somebody.",
    }
    assert set(seen["sla"]) == {
        "first_response_due",
        "next_response_due",
        "resolution_due",
        "state",
    }
    [listed] = (await agent.get("/tickets")).expect(200)["items"]
    assert listed == {name: value for name, value in seen.items() if name != "description"}
    [event] = [it for it in await agent.events() if it["type"] == "ticket.created"]
    assert event["ticket"] == listed
    assert event["changes"] == {}
    assert event["actor"] == {"id": customer.id, "role": "customer", "name": "Carla"}
    members = {"org", "seq", "type", "at", "actor", "ticket", "changes", "epoch"}
    assert set(event) == members


async def test_numbers_count_from_one_in_each_organization(org: Org) -> None:
    customer = await org.customer()
    assert [(await customer.file())["number"] for _ in range(3)] == [1, 2, 3]


async def test_agents_and_keys_file_for_customers_who_are_made_where_they_are_new(
    org: Org,
) -> None:
    agent, key, customer = await org.agent(), await org.key(), await org.customer()
    for caller in (agent, key):
        ticket = await caller.file(customer_email=customer.email.upper())
        assert ticket["customer"]["id"] == customer.id
    made = (await key.file(customer_email="New.One@example.test"))["customer"]
    assert (made["name"], made["email"]) == ("new.one", "new.one@example.test")
    types = [it["type"] for it in await agent.events()][-2:]
    assert types == ["user.changed", "ticket.created"]
    for caller, email in (
        (agent, None),
        (key, None),
        (customer, customer.email),
    ):
        body = {"subject": "A", "description": "B"} | ({"customer_email": email} if email else {})
        refused = (await caller.post("/tickets", body)).expect(422, "validation")
        assert refused["errors"][0]["pointer"] == "/customer_email"
    session = {"email": made["email"], "password": "any password"}
    (await org.stranger.post("/sessions", session)).expect(401, "bad-credentials")


async def test_one_patch_is_one_event_with_all_its_changes(org: Org) -> None:
    agent = await org.agent("Ana")
    await (await org.customer()).file()
    before = await seq(agent)
    edited = await agent.edit(
        1, subject="Other", priority="urgent", tags=["b", "a", "b"], status="resolved", reason="ok"
    )
    assert (edited["tags"], edited["version"]) == (["b", "a"], 2)
    [(type_, changes)] = await last_events(agent, before)
    assert type_ == "ticket.resolved"
    assert changes.pop("sla")[1] == edited["sla"]
    assert [it["reason"] for it in changes.pop("routing")] == ["manual_mode", "manual"]
    assert changes == {
        "subject": ["It broke", "Other"],
        "priority": ["normal", "urgent"],
        "tags": [[], ["b", "a"]],
        "status": ["open", "resolved"],
        "resolved_at": [None, edited["resolved_at"]],
        "assignee": [None, {"id": agent.id, "name": "Ana"}],
    }
    before = await seq(agent)
    again = await agent.edit(1, subject="Other", status="resolved", tags=["b", "a"])
    assert (again["version"], await seq(agent)) == (2, before)
    await agent.edit(1, waiting_on="customer")
    assert await last_events(agent, before) == [
        ("ticket.updated", {"waiting_on": ["agent", "customer"]})
    ]


async def test_a_message_and_what_it_causes_are_two_events_in_a_row(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent("Ana")
    await customer.file()
    before = await seq(agent)
    message = await agent.write(1, "Hello")
    assert set(message) == {"id", "kind", "body", "author", "created_at", "seq"}
    assert message["author"] == {"id": agent.id, "name": "Ana", "role": "agent"}
    first, second = await agent.events(before)
    assert (first["type"], second["type"]) == ("message.added", "ticket.claimed")
    assert (first["seq"], second["seq"]) == (before + 1, before + 2)
    assert first["message"] == message
    assert first["ticket"]["status"] == "open"  # as of that seq
    assert second["ticket"]["status"] == "in_progress"
    assert "message" not in second
    assert (await agent.ticket(1))["last_seq"] == before + 2


async def test_a_refused_change_of_status_names_the_open_ones_and_writes_nothing(org: Org) -> None:
    customer, agent, supervisor = await org.customer(), await org.agent(), await org.supervisor()
    await customer.file()
    await agent.edit(1, status="resolved")
    before = await seq(agent)
    for caller, wish, allowed in (
        (customer, "in_progress", ["closed"]),
        (agent, "open", ["in_progress", "closed"]),
        (customer, "open", ["closed"]),
    ):
        refused = await caller.patch("/tickets/1", {"status": wish})
        assert refused.expect(409, "invalid-transition")["allowed"] == allowed
    assert await seq(agent) == before
    await customer.edit(1, status="closed")
    for caller, allowed in ((agent, []), (customer, []), (supervisor, ["in_progress"])):
        refused = await caller.patch("/tickets/1", {"status": "resolved"})
        assert refused.expect(409, "invalid-transition")["allowed"] == allowed
    (await supervisor.patch("/tickets/1", {"status": "in_progress"})).expect(422, "validation")
    taken_up = await supervisor.edit(1, status="in_progress", reason="a mistake")
    assert (taken_up["reopen_count"], taken_up["assignee"]["id"]) == (1, agent.id)
    [event] = [it for it in await agent.events() if it["type"] == "ticket.reopened"]
    assert event["reason"] == "a mistake"


async def test_who_may_be_given_a_ticket_and_by_whom(org: Org) -> None:
    customer, ana, bob = await org.customer(), await org.agent("Ana"), await org.agent("Bob")
    sue = await org.supervisor()
    await customer.file()
    path = "/tickets/1/assign"
    (await ana.post(path, {"user_id": bob.id})).expect(403, "forbidden")
    assigned = (await sue.post(path, {"user_id": bob.id})).expect(200)
    assert (assigned["status"], assigned["assignee"]) == ("open", {"id": bob.id, "name": "Bob"})
    (await ana.post(path, {"user_id": ana.id})).expect(403, "forbidden")
    claimed = (await bob.post("/tickets/1/claim")).expect(200)
    assert claimed["status"] == "in_progress"
    handed = (await bob.post(path, {"user_id": ana.id})).expect(200)
    assert (handed["status"], handed["assignee"]["id"]) == ("in_progress", ana.id)
    gone = await org.agent()
    await org.admin.patch(f"/users/{gone.id}", {"active": False})
    for nobody in (customer.id, gone.id, 999_999, 2**53):
        refused = (await ana.post(path, {"user_id": nobody})).expect(422, "validation")
        assert refused["errors"][0]["pointer"] == "/user_id"
    for odd in ({}, {"user_id": "1"}, {"user_id": 0}, {"user_id": 2**63}, {"user_id": 1.5}):
        (await ana.post(path, odd)).expect(422, "validation")
    before = await seq(ana)
    (await ana.post(path, {"user_id": ana.id})).expect(200)
    assert await seq(ana) == before
    (await bob.post("/tickets/1/release")).expect(403, "forbidden")
    released = (await ana.post(path, {"user_id": None})).expect(200)
    assert (released["status"], released["assignee"]) == ("open", None)
    before = await seq(ana)
    (await bob.post("/tickets/1/release", {})).expect(200)
    assert await seq(ana) == before


async def test_a_customers_reply_to_a_closed_ticket_makes_a_new_one(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    await customer.file("Old", priority="high")
    await agent.edit(1, status="resolved")
    await customer.edit(1, status="closed")
    (await agent.post("/tickets/1/messages", {"body": "Hm"})).expect(409, "invalid-transition")
    before = await agent.ticket(1)
    reply = await customer.post("/tickets/1/messages", {"body": "Again!"})
    message = reply.expect(201)
    assert message["body"] == "Again!"
    assert reply.headers["Location"] == f"/v1/orgs/{org.id}/tickets/2"
    new = await agent.ticket(2)
    assert (new["followup_of"], new["subject"], new["status"]) == (1, "Old", "open")
    assert (new["priority"], new["customer"]["id"]) == ("high", customer.id)
    assert await agent.everything("/tickets/2/messages") == [message]
    assert await agent.ticket(1) == before
    (await org.admin.patch("", {"reopen_closed_days": 1})).expect(200)
    await customer.write(1, "And again")
    reopened = await agent.ticket(1)
    assert (reopened["status"], reopened["reopen_count"]) == ("open", 1)


async def test_notes_are_nowhere_that_a_customer_can_look(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    await customer.file()
    await agent.write(1, "Public answer")
    await agent.write(1, "Zzyzx", kind="note")
    (await customer.post("/tickets/1/messages", {"body": "A", "kind": "note"})).expect(
        403, "forbidden"
    )
    paths = ["/tickets", "/tickets/1", "/tickets/1?include=messages", "/tickets/1/messages"]
    paths += ["/tickets/1/messages?sort=-seq", "/tickets?q=zzyzx", "/me"]
    for path in paths:
        reply = await customer.get(path)
        assert "Zzyzx" not in reply.body.decode(), path
        assert reply.status == 200
    stale = await customer.post("/tickets/1/messages", {"body": "A", "after_seq": 0})
    assert [it["body"] for it in stale.json["messages"]] == ["Public answer"]
    assert "Zzyzx" in (await agent.get("/tickets/1?include=messages")).body.decode()


async def test_a_key_acts_within_its_scopes_under_its_own_name(org: Org) -> None:
    customer = await org.customer()
    reader, writer = await org.key(Scope.TICKETS_READ), await org.key(Scope.TICKETS_WRITE)
    await customer.file()
    (await reader.patch("/tickets/1", {"priority": "high"})).expect(403, "forbidden")
    (await writer.get("/tickets/1")).expect(403, "forbidden")
    await writer.edit(1, priority="high")
    await writer.write(1, "From a machine")
    refused = await writer.patch("/tickets/1", {"status": "in_progress"})
    refused.expect(409, "invalid-transition")
    resolved = await writer.edit(1, status="resolved")
    assert resolved["assignee"] is None
    assert resolved["first_response_at"] is None
    actors = [it["actor"] for it in await org.admin.events()][-3:]
    assert actors == [{"id": writer.id, "role": "key", "name": "A key"}] * 3
    (await org.admin.delete(f"/api-keys/{writer.id}")).expect(204)
    (await writer.get("/tickets")).expect(401, "unauthenticated")
    (await org.admin.delete(f"/api-keys/{writer.id}")).expect(404, "not-found")
    [message] = await org.admin.everything("/tickets/1/messages")
    assert message["author"] == {"id": writer.id, "role": "key", "name": "A key"}


@on_sqlite
async def test_a_conversation_comes_with_its_ticket_from_one_snapshot(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    await customer.file()
    for n in range(60):
        await customer.write(1, f"{n}")
    told = (await agent.get("/tickets/1", include="messages")).expect(200)
    assert [it["body"] for it in told["messages"]["items"]] == [f"{n}" for n in range(10, 60)]
    older = (
        await agent.get("/tickets/1/messages", sort="-seq", cursor=told["messages"]["next_cursor"])
    ).expect(200)
    assert [it["body"] for it in older["items"]] == [f"{n}" for n in range(9, -1, -1)]


@pytest.mark.parametrize("fields", [
    {"category": "none"}, {"status": "new"}, {"priority": None}, {"tags": ["a"] * 21},
    {"tags": [""]}, {"tags": "a"}, {"subject": ""}, {"subject": "a\nb"}, {"waiting_on": "nobody"},
    {"version": 3}, {"snoozed_until": "2020-01-01T00:00:00Z"}, {"snoozed_until": "tomorrow"},
    {"reason": "because"},
    {"snoozed_until": "2030-01-01T00:00:00"}, {"status": "closed"}, {"assignee": None},
])  # fmt: skip
@on_sqlite
async def test_what_no_ticket_can_be_is_refused(org: Org, fields: dict[str, Any]) -> None:
    await (await org.customer()).file()
    (await org.admin.patch("/tickets/1", fields)).expect(422, "validation")
    assert (await org.admin.ticket(1))["version"] == 1


@on_sqlite
async def test_snoozing_ends_with_the_customers_word(org: Org) -> None:
    customer = await org.customer()
    await customer.file()
    snoozed = await org.admin.edit(
        1, snoozed_until="2040-01-01T02:00:00+02:00", waiting_on="customer"
    )
    assert snoozed["snoozed_until"] == "2040-01-01T00:00:00Z"
    await customer.write(1)
    awake = await org.admin.ticket(1)
    assert (awake["snoozed_until"], awake["waiting_on"]) == (None, "agent")
