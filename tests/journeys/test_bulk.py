"""Bulk requests: one command on many tickets, each refused or done for itself."""

from typing import Any

import aiohttp
import pytest

from common.bulk import MOST_FILTER_VALUES
from common.people import Scope
from server.rest.tickets import bulk_routes
from server.rest.tickets.bulk_routes import UNIT_SIZE
from tests.support.desk import Org, Tenants
from tests.support.rest import Caller
from tests.support.timed_desk import TimedDesk

REPLAYED = "Idempotency-Replayed"


async def file_many(org: Org, count: int) -> list[int]:
    customer = await org.customer()
    return [(await customer.file(f"Ticket {n}"))["number"] for n in range(count)]


async def run(caller: Caller, **body: Any) -> Any:
    return (await caller.post("/bulk", body)).expect(200)


async def test_a_bulk_edit_does_what_single_edits_do_and_lists_each_ticket(org: Org) -> None:
    numbers = await file_many(org, 3)
    agent = await org.agent()
    (await agent.patch(f"/tickets/{numbers[2]}", {"priority": "high"})).expect(200)
    before = (await agent.get("/events")).expect(200)["seq"]
    edit = {"priority": "high", "add_tags": ["outage"]}
    answer = await run(agent, numbers=[numbers[1], numbers[0], 99], edit=edit)
    assert (answer["changed"], answer["unchanged"], answer["refused"]) == (2, 0, 1)
    assert [it["number"] for it in answer["results"]] == [numbers[1], numbers[0], 99]
    assert answer["results"][2]["problem"]["slug"] == "not-found"
    again = await run(agent, numbers=numbers, edit={"priority": "high"})
    assert (again["changed"], again["unchanged"]) == (0, 3)
    log = (await agent.get("/events", after=before)).expect(200)["items"]
    assert [(it["ticket"]["number"], it["type"]) for it in log] == [
        (numbers[1], "ticket.updated"), (numbers[0], "ticket.updated"),
    ]  # fmt: skip
    assert (await agent.ticket(numbers[0]))["version"] == answer["results"][1]["version"]


async def test_a_refusal_concerns_its_ticket_alone(org: Org) -> None:
    numbers = await file_many(org, 4)
    ann, ben = await org.agent(), await org.agent("Ben")
    await ben.claim(numbers[1])
    (await ann.patch(f"/tickets/{numbers[2]}", {"status": "resolved"})).expect(200)
    answer = await run(ann, numbers=numbers, claim={})
    slugs = [it.get("problem", {}).get("slug") for it in answer["results"]]
    assert slugs == [None, "already-claimed", "invalid-transition", None]
    assert "Ben" in answer["results"][1]["problem"]["detail"]
    mine = (await ann.get("/tickets", assignee="me", status="in_progress")).expect(200)["items"]
    assert sorted(it["number"] for it in mine) == [numbers[0], numbers[3]]


async def test_a_dry_run_says_what_would_happen_and_changes_nothing(org: Org) -> None:
    numbers = await file_many(org, UNIT_SIZE + 20)
    agent = await org.agent()
    before = (await agent.get("/events")).expect(200)["seq"]
    request = {"filter": {"status": ["open"]}, "edit": {"status": "resolved"}}
    tried = await run(agent, **request, dry_run=True)
    assert (tried["changed"], tried["dry_run"]) == (len(numbers), True)
    assert (await agent.get("/events")).expect(200)["seq"] == before
    done = await run(agent, **request)
    assert {**done, "dry_run": True} == tried


async def test_a_filter_finds_what_the_list_finds(org: Org) -> None:
    numbers = await file_many(org, 3)
    agent = await org.agent()
    (await agent.patch(f"/tickets/{numbers[1]}", {"tags": ["outage"]})).expect(200)
    done = await run(
        agent,
        filter={"tag": ["outage"], "q": "Ticket"},
        message={"body": "Solved.", "kind": "note"},
    )
    assert [it["number"] for it in done["results"]] == [numbers[1]]
    nothing = await run(agent, filter={"tag": ["none"]}, release={})
    assert nothing["results"] == []


async def test_a_request_that_comes_again_is_done_once(org: Org) -> None:
    numbers = await file_many(org, 60)
    agent = await org.agent()
    body = {"filter": {"status": ["open"]}, "message": {"body": "We are on it."}}
    first = await agent.post("/bulk", body, Idempotency_Key="k")
    again = await agent.post("/bulk", body, Idempotency_Key="k")
    assert first.expect(200) == again.expect(200)
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    assert first.expect(200)["changed"] == len(numbers)
    said = (await agent.get(f"/tickets/{numbers[0]}/messages")).expect(200)["items"]
    assert len(said) == 1
    other = await agent.post("/bulk", body | {"dry_run": False, "filter": {}}, Idempotency_Key="k")
    other.expect(422, "idempotency-mismatch")


async def test_a_request_that_found_nothing_comes_again_as_any_other(org: Org) -> None:
    (number,) = await file_many(org, 1)
    agent = await org.agent()
    body = {"filter": {"tag": ["outage"]}, "edit": {"priority": "low"}}
    first = await agent.post("/bulk", body, Idempotency_Key="k")
    (await agent.patch(f"/tickets/{number}", {"tags": ["outage"]})).expect(200)
    again = await agent.post("/bulk", body, Idempotency_Key="k")
    assert first.expect(200) == again.expect(200)
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    named = {"numbers": [number], "edit": {"priority": "low"}}
    other = await agent.post("/bulk", named, Idempotency_Key="k")
    other.expect(422, "idempotency-mismatch")


async def test_the_filter_of_a_request_that_comes_again_is_not_asked_again(
    timed: TimedDesk, web: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = await Tenants(timed, web).found()
    await file_many(org, 2)
    agent = await org.agent()
    body = {"filter": {"status": ["open"]}, "message": {"body": "Hi.", "kind": "note"}}
    first = await agent.post("/bulk", body, Idempotency_Key="k")
    monkeypatch.setattr(bulk_routes, "MOST_BULK_TICKETS", 1)  # as if many had come since
    again = await agent.post("/bulk", body, Idempotency_Key="k")
    assert first.expect(200) == again.expect(200)
    (await agent.post("/bulk", body, Idempotency_Key="new")).expect(422, "validation")


async def test_a_redaction_in_between_makes_no_request_twice(org: Org) -> None:
    numbers = await file_many(org, 2)
    agent = await org.agent()
    body = {"numbers": numbers, "message": {"body": "We are on it."}}
    first = await agent.post("/bulk", body, Idempotency_Key="k")
    redaction = {"reason": "A name", "text": "Ticket"}
    (await agent.post(f"/tickets/{numbers[0]}/redact", redaction)).expect(200)
    again = await agent.post("/bulk", body, Idempotency_Key="k")
    assert first.expect(200) == again.expect(200)
    said = (await agent.get(f"/tickets/{numbers[1]}/messages")).expect(200)["items"]
    assert len(said) == 1


async def test_a_key_that_may_not_list_tickets_finds_none_by_a_filter(org: Org) -> None:
    (number,) = await file_many(org, 1)
    agent = await org.agent()
    note = {"body": "Their card is stolen.", "kind": "note"}
    (await agent.post(f"/tickets/{number}/messages", note)).expect(201)
    found = {"filter": {"q": "stolen"}, "edit": {"priority": "low"}, "dry_run": True}
    writer = await org.key(Scope.TICKETS_WRITE)
    (await writer.post("/bulk", found)).expect(403, "forbidden")
    public = await org.key(Scope.TICKETS_WRITE, Scope.TICKETS_READ_PUBLIC)
    assert (await run(public, **found))["results"] == []
    reader = await org.key(Scope.TICKETS_WRITE, Scope.TICKETS_READ)
    assert [it["number"] for it in (await run(reader, **found))["results"]] == [number]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "open"), ("priority", "low"), ("category", "general"), ("assignee", "none"),
        ("customer", 1), ("tag", "a"), ("external_id", "a"),
    ],
)  # fmt: skip
async def test_a_filter_has_as_many_values_as_a_statement_takes(
    org: Org, field: str, value: Any
) -> None:
    agent = await org.agent()
    most = {"filter": {field: [value] * MOST_FILTER_VALUES}, "claim": {}}
    assert (await run(agent, **most))["results"] == []
    more = {"filter": {field: [value] * (MOST_FILTER_VALUES + 1)}, "claim": {}}
    refused = (await agent.post("/bulk", more)).expect(422, "validation")
    assert refused["errors"][0]["pointer"] == f"/filter/{field}"


async def test_what_is_no_bulk_request_is_refused(org: Org) -> None:
    agent, key = await org.agent(), await org.key(Scope.TICKETS_WRITE)
    number = (await file_many(org, 1))[0]
    edit = {"edit": {"priority": "low"}}
    for body in (
        edit,
        {"numbers": [1], "filter": {}, **edit},
        {"numbers": [1]},
        {"numbers": [1], "claim": {}, **edit},
        {"numbers": [], **edit},
        {"numbers": list(range(1, 5002)), **edit},
        {"filter": {"color": ["red"]}, **edit},
    ):
        (await agent.post("/bulk", body)).expect(422, "validation")
    (await key.post("/bulk", {"numbers": [number], "claim": {}})).expect(403, "forbidden")
    assert (await run(key, numbers=[number], **edit))["changed"] == 1
