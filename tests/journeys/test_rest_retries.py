"""Safe retries and safe edits: Idempotency-Key, ETag, If-Match, after_seq."""

import asyncio
from typing import Any

import pytest

from common.endpoints import ENDPOINTS
from tests.support.desk import PASSWORD, Org, Tenants
from tests.support.marks import on_sqlite
from tests.support.rest import Caller, Reply
from tests.support.stream_listener import Keys

TICKET = {"subject": "It broke", "description": "Please help."}
REPLAYED = "Idempotency-Replayed"


async def file(caller: Caller, key: str, **fields: Any) -> Reply:
    return await caller.post("/tickets", {**TICKET, **fields}, Idempotency_Key=key)


async def seq_of(org: Org) -> int:
    return int((await org.admin.get("/queues")).expect(200)["seq"])


async def test_one_key_five_times_at_once_is_one_ticket(org: Org) -> None:
    customer = await org.customer()
    before = await seq_of(org)
    replies = await asyncio.gather(*(file(customer, "once") for _ in range(5)))
    assert {reply.status for reply in replies} <= {201, 409}
    for reply in replies:
        if reply.status == 409:
            reply.expect(409, "idempotency-in-progress")
    made = [reply for reply in replies if reply.status == 201]
    assert len({reply.body for reply in made}) == 1
    assert [reply.headers.get(REPLAYED) for reply in made].count(None) == 1
    assert await seq_of(org) == before + 1


async def test_a_replay_is_the_first_answer_again_with_its_headers(org: Org) -> None:
    customer = await org.customer()
    first, again = await file(customer, "k"), await file(customer, "k")
    number = first.expect(201)["number"]
    assert (again.status, again.body) == (first.status, first.body)
    for name in ("Location", "ETag", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert first.headers["Location"] == f"/v1/orgs/{org.id}/tickets/{number}"
    assert first.headers["ETag"] == '"1"'
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"


async def test_a_replay_is_the_answer_of_then_whatever_has_happened_since(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    first = await file(customer, "k")
    await agent.edit(first.json["number"], subject="Other")
    assert (await file(customer, "k")).body == first.body


async def test_the_same_body_in_other_words_is_the_same_body(org: Org) -> None:
    customer = await org.customer()
    first = await file(customer, "k", priority="normal")
    text = b'{ "description":"Please help.","subject" : " It broke " }'
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    again = await customer.ask("POST", "/tickets", data=text, headers=headers)
    assert again.body == first.body


async def test_another_body_with_the_same_key_is_a_mismatch_and_writes_nothing(org: Org) -> None:
    customer = await org.customer()
    await file(customer, "k")
    before = await seq_of(org)
    (await file(customer, "k", subject="Other")).expect(422, "idempotency-mismatch")
    assert await seq_of(org) == before
    assert (await file(customer, "k")).status == 201


async def test_a_key_belongs_to_its_caller_and_route(tenants: Tenants) -> None:
    org, other = await tenants.found(), await tenants.found()
    ana, bob, key = await org.customer(), await org.customer(), await org.key()
    first = (await file(ana, "k")).expect(201)["number"]
    assert (await file(bob, "k")).expect(201)["number"] == first + 1
    keyed = (await file(key, "k", customer_email=ana.email)).expect(201)["number"]
    assert keyed == first + 2
    assert (await file(await other.customer(), "k")).expect(201)["number"] == 1
    for number in (first, first + 1):
        path, body = f"/tickets/{number}/messages", {"body": "Hello"}
        reply = await org.admin.post(path, body, Idempotency_Key="k")
        assert REPLAYED not in reply.headers
    # Another session of the same person is the same caller.
    assert (await file(await org.again(ana), "k")).headers[REPLAYED] == "true"


async def test_a_message_and_a_claim_are_done_once(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    number = (await customer.file())["number"]
    for path, body in (
        (f"/tickets/{number}/messages", {"body": "Hi"}),
        (f"/tickets/{number}/claim", {}),
    ):
        replies = [await agent.post(path, body, Idempotency_Key="k") for _ in range(3)]
        assert len({reply.body for reply in replies}) == 1
        assert [REPLAYED in reply.headers for reply in replies] == [False, True, True]
    assert len(await agent.everything(f"/tickets/{number}/messages")) == 1


async def test_a_kept_409_is_the_answer_also_when_the_state_has_changed(org: Org) -> None:
    customer, ana, bob = await org.customer(), await org.agent("Ana"), await org.agent()
    number = (await customer.file())["number"]
    await ana.claim(number)
    path = f"/tickets/{number}/claim"
    refused = await bob.post(path, Idempotency_Key="k")
    refused.expect(409, "already-claimed")
    (await ana.post(f"/tickets/{number}/release")).expect(200)
    again = await bob.post(path, Idempotency_Key="k")
    assert (again.status, again.body) == (409, refused.body)
    assert again.headers[REPLAYED] == "true"
    assert again.headers["Content-Type"] == "application/problem+json"
    (await bob.post(path, Idempotency_Key="l")).expect(200)


async def test_a_kept_412_is_the_answer_again(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    number = (await customer.file())["number"]
    path, headers = f"/tickets/{number}/claim", {"Idempotency_Key": "k", "If_Match": '"7"'}
    refused = await agent.post(path, **headers)
    refused.expect(412, "stale-version")
    assert (await agent.post(path, **headers)).body == refused.body


async def test_other_refusals_are_not_kept(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    (await file(agent, "k")).expect(422, "validation")  # no customer named
    (await file(customer, "k", category="none")).expect(422, "validation")
    await org.admin.patch(
        "", {"categories": [{"slug": "none", "name": "None"}], "default_category": "none"}
    )
    (await file(customer, "k", category="none")).expect(201)
    path = "/tickets/999/claim"
    (await agent.post(path, Idempotency_Key="k")).expect(404, "not-found")


@pytest.mark.parametrize("key", ["", "x" * 256, "\u00e9\u0000".replace("\u0000", "\u0085")])
@on_sqlite
async def test_a_key_of_no_use_is_refused(org: Org, key: str) -> None:
    (await file(await org.customer(), key)).expect(422, "validation")


@on_sqlite
async def test_a_key_may_have_255_characters(org: Org) -> None:
    customer = await org.customer()
    (await file(customer, "x" * 255)).expect(201)
    assert (await file(customer, "x" * 255)).headers[REPLAYED] == "true"


@on_sqlite
async def test_where_it_does_not_count_a_key_is_ignored(org: Org) -> None:
    await org.admin.patch("", {"signup": "open"})
    stranger, admin = org.stranger, org.admin
    twice: list[tuple[Caller, str, dict[str, Any], int]] = [
        (stranger, "/sessions", {"email": admin.email, "password": PASSWORD}, 201),
        (admin, "/api-keys", {"name": "A", "scopes": ["tickets:read"]}, 201),
        (admin, "/stream", {"public_key": Keys().public}, 200),
    ]
    for caller, path, body, status in twice:
        replies = [await caller.post(path, body, Idempotency_Key="k") for _ in range(2)]
        assert [reply.status for reply in replies] == [status, status], path
        assert all(REPLAYED not in reply.headers for reply in replies)
    body = {"email": "c@example.test", "name": "C", "password": PASSWORD}
    (await stranger.post("/customers", body, Idempotency_Key="k")).expect(201)
    (await stranger.post("/customers", body, Idempotency_Key="k")).expect(409, "email-taken")
    number = (await (await org.customer()).file())["number"]
    for subject in ("One", "Two"):  # a PATCH is no POST
        edit = await admin.patch(f"/tickets/{number}", {"subject": subject}, Idempotency_Key="k")
        assert edit.expect(200)["subject"] == subject


def test_every_post_that_counts_keys_says_so() -> None:
    ignored = {"session.open", "customer.sign_up", "api_key.create", "stream.open"}
    # A code counts once: with the same one again there is nothing to prove.
    ignored.add("customer.proof")
    # A mail that comes again is recognized by itself.
    ignored.add("mail.take")
    # It takes as many transactions as it needs; asked again, it goes on where it stopped.
    ignored.add("sla.apply")
    # It is true for half a minute, and said again all the time.
    ignored.add("ticket.watch")
    for endpoint in ENDPOINTS:
        if endpoint.method == "POST" and not endpoint.path.startswith("/webhooks"):
            assert endpoint.retries == (endpoint.name not in ignored), endpoint.name


async def test_an_etag_is_the_version_and_a_matching_edit_goes_through(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    number = (await customer.file())["number"]
    path = f"/tickets/{number}"
    etag = (await agent.get(path)).headers["ETag"]
    assert etag == '"1"'
    edited = await agent.patch(path, {"priority": "high"}, If_Match=etag)
    assert (edited.expect(200)["version"], edited.headers["ETag"]) == (2, '"2"')
    seq = await seq_of(org)
    stale = await agent.patch(path, {"priority": "low"}, If_Match=etag)
    assert stale.expect(412, "stale-version")["ticket"]["version"] == 2
    assert await seq_of(org) == seq
    for matching in ("*", 'W/"2"', '"2"'):
        (await agent.patch(path, {"priority": "high"}, If_Match=matching)).expect(200)
    for none in ('"x"', "2,3x", '"', '"99999999999999999999"'):
        (await agent.patch(path, {"priority": "low"}, If_Match=none)).expect(412, "stale-version")


async def test_state_is_refused_before_version_and_shape_before_state(org: Org) -> None:
    customer, ana, bob = await org.customer(), await org.agent(), await org.agent()
    number = (await customer.file())["number"]
    await ana.claim(number)
    path = f"/tickets/{number}"
    (await bob.post(f"{path}/claim", If_Match='"1"')).expect(409, "already-claimed")
    (await bob.patch(path, {"status": "open"}, If_Match='"1"')).expect(409, "invalid-transition")
    (await bob.patch(path, {"status": "nonsense"}, If_Match='"1"')).expect(422, "validation")
    both = {"status": "open", "category": "none"}
    (await bob.patch(path, both, If_Match='"1"')).expect(422, "validation")
    (await bob.post(f"{path}/assign", {"user_id": 7})).expect(403, "forbidden")
    (await customer.patch(path, {"category": "none"})).expect(403, "forbidden")


async def test_who_has_not_read_what_another_wrote_sends_nothing(org: Org) -> None:
    customer, ana, bob = await org.customer(), await org.agent(), await org.agent("Bob")
    ticket = await customer.file()
    path, read = f"/tickets/{ticket['number']}/messages", ticket["last_seq"]
    mine = await ana.write(ticket["number"], "One", after_seq=read)
    await ana.write(ticket["number"], "Two", after_seq=read)  # one's own are no news
    theirs = await bob.write(ticket["number"], "Three")
    note = await bob.write(ticket["number"], "Four", kind="note")
    before = await seq_of(org)
    refused = await ana.post(path, {"body": "Five", "after_seq": mine["seq"]})
    told = refused.expect(409, "conversation-advanced")["messages"]
    assert told == [theirs, note]
    assert await seq_of(org) == before
    to_customer = await customer.post(path, {"body": "Six", "after_seq": theirs["seq"] - 1})
    told = to_customer.expect(409, "conversation-advanced")["messages"]
    assert [message["body"] for message in told] == ["Three"]
    await customer.write(ticket["number"], "Seven", after_seq=theirs["seq"])
    refused = await ana.post(path, {"body": "Eight", "after_seq": note["seq"]})
    assert [it["body"] for it in refused.json["messages"]] == ["Seven"]
    await ana.write(ticket["number"], "Nine", after_seq=10**9)


async def test_a_follow_up_too_waits_for_what_was_not_read(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    ticket = await customer.file()
    number = ticket["number"]
    await agent.write(number, "Look here", status="resolved")
    await agent.edit(number, status="closed")
    path = f"/tickets/{number}/messages"
    stale = await customer.post(path, {"body": "Hm", "after_seq": ticket["last_seq"]})
    assert stale.expect(409, "conversation-advanced")["messages"][0]["body"] == "Look here"
    (await customer.post(path, {"body": "Hm", "kind": "note"})).expect(403, "forbidden")
    (await customer.post(path, {"body": "Hm"}, If_Match='"1"')).expect(412, "stale-version")
    replies = [await customer.post(path, {"body": "Hm"}, Idempotency_Key="k") for _ in range(2)]
    assert len({reply.body for reply in replies}) == 1
    assert replies[0].headers["Location"] == f"/v1/orgs/{org.id}/tickets/{number + 1}"
    assert (await customer.ticket(number + 1))["followup_of"] == number


async def test_answers_that_are_kept_do_not_outlive_the_erasing_of_whom_they_name(org: Org) -> None:
    agent, customer = await org.agent(), await org.customer("Carla Zebra")
    number = (await customer.file())["number"]
    path, key = f"/tickets/{number}/claim", {"Idempotency_Key": "claim it"}
    assert "Zebra" in (await agent.post(path, **key)).body.decode()
    (await org.admin.post(f"/users/{customer.id}/erase")).expect(200)
    again = await agent.post(path, **key)
    assert again.expect(200)["customer"]["name"] == "Erased"
    assert REPLAYED not in again.headers
