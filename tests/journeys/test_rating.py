"""A customer rates how its ticket was handled, over REST."""

from typing import Any

from tests.support.desk import Org
from tests.support.rest import Caller, Reply


async def resolved(org: Org, **fields: Any) -> tuple[Caller, Caller]:
    """A customer whose first ticket an agent has resolved."""
    customer, agent = await org.customer("Carla"), await org.agent("Ana")
    await customer.file(**fields)
    await agent.edit(1, status="resolved")
    return customer, agent


async def rate(caller: Caller, **body: Any) -> Reply:
    return await caller.post("/tickets/1/rating", body)


async def test_the_last_rating_counts_and_each_is_an_event(org: Org) -> None:
    customer, agent = await resolved(org)
    reply = await rate(customer, score=2)
    first = reply.expect(200)["rating"]
    assert reply.headers["ETag"] == f'"{reply.json["version"]}"'
    assert (first["score"], first["comment"]) == (2, None)
    second = (await rate(customer, score=4, comment="After all.\r\n")).expect(200)["rating"]
    assert (second["score"], second["comment"]) == (4, "After all.\n")
    assert second["rated_at"] > first["rated_at"]
    assert (await agent.ticket(1))["rating"] == second
    [listed] = (await agent.get("/tickets")).expect(200)["items"]
    assert listed["rating"] == second
    rated = [it for it in await agent.events() if it["type"] == "ticket.rated"]
    assert [it["changes"]["rating"] for it in rated] == [[None, first], [first, second]]
    assert [it["ticket"]["rating"] for it in rated] == [first, second]
    assert rated[0]["actor"] == {"id": customer.id, "role": "customer", "name": "Carla"}


async def test_the_same_rating_twice_is_one_event(org: Org) -> None:
    customer, agent = await resolved(org)
    for _ in range(2):
        (await rate(customer, score=5, comment="Good.")).expect(200)
    seq = (await agent.events())[-1]["seq"]
    (await rate(customer, score=5, comment="Very good.")).expect(200)
    assert [it["type"] for it in await agent.events(seq)] == ["ticket.rated"]


async def test_what_is_not_resolved_cannot_be_rated_and_a_reopened_ticket_keeps_its_rating(
    org: Org,
) -> None:
    customer, agent = await org.customer(), await org.agent()
    await customer.file()
    refused = (await rate(customer, score=5)).expect(409, "invalid-transition")
    assert refused["allowed"] == ["resolved"]
    await agent.edit(1, status="resolved")
    (await rate(customer, score=5)).expect(200)
    await customer.write(1, "It is broken again.")
    assert (await customer.ticket(1))["rating"]["score"] == 5
    (await rate(customer, score=1)).expect(409, "invalid-transition")
    await agent.edit(1, status="resolved")
    await agent.edit(1, status="closed")
    assert (await rate(customer, score=1)).expect(200)["rating"]["score"] == 1


async def test_nobody_else_rates(org: Org) -> None:
    await resolved(org)
    other, key = await org.customer(), await org.key()
    for caller in (await org.agent(), await org.supervisor(), org.admin, key):
        (await rate(caller, score=5)).expect(403, "forbidden")
    (await rate(other, score=5)).expect(404, "not-found")


async def test_every_bad_field_of_a_rating_is_told(org: Org) -> None:
    customer, _ = await resolved(org)
    bodies: dict[str, dict[str, Any]] = {
        "/score": {},
        "/score /comment": {"score": 0, "comment": "x" * 2001},
        "/score /comment /stars": {"score": "5", "comment": " ", "stars": 5},
        "/comment": {"score": 5, "comment": "\0"},
    }
    for pointers, body in bodies.items():
        refused = (await rate(customer, **body)).expect(422, "validation")
        assert [it["pointer"] for it in refused["errors"]] == pointers.split()
    for score in (1, 5, 3.0):
        (await rate(customer, score=score, comment=None)).expect(200)


async def test_an_erased_customers_comment_is_nowhere_and_its_score_stays(org: Org) -> None:
    customer, agent = await resolved(org)
    (await rate(customer, score=2, comment="Zebra words")).expect(200)
    (await rate(customer, score=3, comment="More zebra words")).expect(200)
    await agent.edit(1, status="closed")
    assert "zebra" in (await agent.get("/events?limit=1000")).body.decode()
    (await org.admin.post(f"/users/{customer.id}/erase")).expect(200)
    for path in ("/tickets", "/tickets/1?include=messages", "/events?limit=1000"):
        assert "ebra" not in (await agent.get(path)).body.decode(), path
    rating = (await agent.ticket(1))["rating"]
    assert (rating["score"], rating["comment"]) == (3, "(erased)")
    assert (await agent.events())[-2]["ticket"]["rating"] == rating
