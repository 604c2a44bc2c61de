"""Redaction: a text is taken out of a ticket, and is nowhere in its past either."""

import re

import pytest

from common.people import Scope
from tests.support.desk import Org
from tests.support.rest import Caller

CARD = "4111 1111 1111 1111"
EVERYWHERE = {"reason": "Card number", "text": CARD}


async def redact(caller: Caller, **body: object) -> dict[str, object]:
    reply = await caller.post("/tickets/1/redact", {"reason": "It is private"} | body)
    done: dict[str, object] = reply.expect(200)
    return done


async def texts(caller: Caller) -> str:
    """All that the API tells of ticket 1, without times: their digits may be anything."""
    paths = ["/tickets", "/tickets/1?include=messages", "/tickets/1/messages", "/tickets/1/events",
             "/events?limit=1000"]  # fmt: skip
    told = "\n".join([(await caller.get(path)).body.decode() for path in paths])
    return re.sub(r"\d\d:\d\d:\d\d\.\d{6}Z", "", told)


async def test_a_card_number_is_gone_from_every_text_and_from_the_log(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    await customer.file(f"Refund to {CARD}", description="My card is\n4111111111111111, see?")
    await agent.edit(1, tags=[f"card {CARD}", "refund"])
    await agent.edit(1, subject=f"Refund {CARD}", priority="high")
    await customer.write(1, "It is 4111-1111-1111-1111!")
    await agent.write(1, f"Never send {CARD} again", kind="note")
    await agent.write(1, "Thank you")
    await agent.edit(1, status="resolved")
    rating = {"score": 1, "comment": f"You have my {CARD}"}
    (await customer.post("/tickets/1/rating", rating)).expect(200)
    assert "1111" in await texts(agent)
    done = await redact(agent, text=CARD)
    assert done["redacted"] == {
        "fields": ["description", "rating", "subject", "tags"],
        "message_ids": [7],
        "note_ids": [8],
    }
    assert "1111" not in await texts(agent)
    ticket = await agent.ticket(1)
    assert (ticket["subject"], ticket["tags"]) == ("Refund (redacted)", ["refund"])
    assert ticket["description"] == "My card is\n(redacted), see?"
    assert ticket["rating"]["comment"] == "You have my (redacted)"
    assert (await agent.get("/tickets", tag="refund")).expect(200)["items"] != []
    assert (await agent.get("/tickets", tag=f"card {CARD}")).expect(200)["items"] == []


async def test_whoever_searches_finds_what_is_left_and_not_what_is_gone(org: Org) -> None:
    agent = await org.agent()
    await agent.file("Apples", description="Pears", customer_email="c@example.org")
    await agent.write(1, "Quinces, and plums")
    await redact(agent, field="description")
    await redact(agent, text="quinces")

    async def found(q: str) -> bool:
        return bool((await agent.get("/tickets", q=q)).expect(200)["items"])

    assert [await found(q) for q in ("pears", "quinces")] == [False, False]
    assert [await found(q) for q in ("apples", "plums")] == [True, True]


async def test_a_message_is_redacted_whole_and_its_neighbours_stay(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    await customer.file()
    first, second = await customer.write(1, "One"), await customer.write(1, "Two")
    done = await redact(agent, message_id=first["id"])
    assert done["redacted"] == {"message_ids": [first["id"]]}
    said = (await customer.get("/tickets/1/messages")).expect(200)["items"]
    assert [it["body"] for it in said] == ["(redacted)", "Two"]
    assert said[1] == second
    assert said[0] | {"body": "One"} == first


async def test_a_redaction_is_an_event_without_the_text_and_a_version(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    before = await customer.file("Apples", description="Pears")
    reply = await agent.post("/tickets/1/redact", {"reason": "A wish", "field": "subject"})
    after = reply.expect(200)
    assert (after["subject"], after["version"]) == ("(redacted)", before["version"] + 1)
    assert reply.headers["ETag"] == f'"{after["version"]}"'
    *_, event = await agent.events()
    assert (event["type"], event["seq"]) == ("ticket.redacted", after["last_seq"])
    assert (event["reason"], event["redacted"]) == ("A wish", {"fields": ["subject"]})
    assert (event["changes"], event["actor"]["id"]) == ({}, agent.id)
    assert "Apples" not in await texts(agent)
    seen = await customer.ticket(1)
    assert (seen["version"], seen["subject"]) == (2, "(redacted)")


async def test_customers_do_not_notice_what_is_redacted_where_they_cannot_look(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    before = await customer.file()
    note = await agent.write(1, "A secret note", kind="note")
    public = await org.key(Scope.TICKETS_READ_PUBLIC, Scope.EVENTS_READ)
    await redact(agent, message_id=note["id"])
    assert await customer.ticket(1) == before
    events = (await public.get("/events")).expect(200)["items"]
    assert "ticket.redacted" not in [it["type"] for it in events]
    reply = await customer.write(1, "A secret reply")
    await redact(agent, text="secret")
    assert (await agent.events())[-1]["redacted"] == {"message_ids": [reply["id"]]}
    *_, told = (await public.get("/events")).expect(200)["items"]
    assert told["redacted"] == {"message_ids": [reply["id"]]}
    assert "reason" not in told


async def test_redacting_again_changes_nothing(org: Org) -> None:
    agent = await org.agent()
    await agent.file(description=f"Card {CARD}", customer_email="c@example.org")
    await redact(agent, text=CARD)
    await redact(agent, field="subject")
    count = len(await agent.events())
    for body in ({"text": CARD}, {"field": "subject"}, {"text": "redacted"}):
        done = await redact(agent, **body)
        assert done["redacted"] == {}
    assert len(await agent.events()) == count


async def test_answers_that_are_kept_do_not_tell_what_was_redacted(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    body = {"subject": "Apples", "description": "Pears"}
    (await customer.post("/tickets", body, Idempotency_Key="file")).expect(201)
    path, said = "/tickets/1/messages", {"body": "Quinces"}
    (await agent.post(path, said, Idempotency_Key="say")).expect(201)
    await redact(agent, field="description")
    for caller, to, again in ((customer, "/tickets", body), (agent, path, said)):
        reply = await caller.post(to, again, Idempotency_Key=("file", "say")[to == path])
        assert "Idempotency-Replayed" not in reply.headers


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"text": "x"}, "/reason"),
        ({"reason": "r"}, "/text"),
        ({"reason": "r", "text": " "}, "/text"),
        ({"reason": "r", "field": "status"}, "/field"),
        ({"reason": "r", "field": "subject", "message_id": 1}, "/field"),
        ({"reason": "r", "message_id": 1}, "/message_id"),
        ({"reason": f"has {CARD}", "text": "4111111111111111"}, "/reason"),
    ],
)
async def test_a_redaction_that_means_nothing_is_refused(
    org: Org, body: dict[str, object], pointer: str
) -> None:
    agent = await org.agent()
    await agent.file(customer_email="c@example.org")
    problem = (await agent.post("/tickets/1/redact", body)).expect(422, "validation")
    assert [it["pointer"] for it in problem["errors"]] == [pointer]


async def test_agents_alone_redact_and_of_the_version_they_have_seen(org: Org) -> None:
    customer, agent, key = await org.customer(), await org.agent(), await org.key()
    await customer.file()
    for caller in (customer, key):
        (await caller.post("/tickets/1/redact", EVERYWHERE)).expect(403, "forbidden")
    (await agent.post("/tickets/2/redact", EVERYWHERE)).expect(404, "not-found")
    stale = await agent.post("/tickets/1/redact", EVERYWHERE, If_Match='"7"')
    stale.expect(412, "stale-version")


async def test_a_closed_ticket_is_redacted_and_stays_closed(org: Org) -> None:
    agent = await org.agent()
    await agent.file(description=f"Card {CARD}", customer_email="c@example.org")
    await agent.edit(1, status="closed", reason="spam")
    done = await redact(agent, text=CARD)
    assert (done["status"], done["description"]) == ("closed", "Card (redacted)")
