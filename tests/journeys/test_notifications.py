"""Telling people over REST: who hears of what, once; read marks, wishes, followers, mentions."""

import asyncio
from typing import Any

import aiohttp
import pytest

from common.organization import Assignment
from common.people import Role
from server.storage.queries.outgoing import notifications
from server.storage.queries.outgoing.notifications import NotificationScope
from tests.support.desk import Org, Tenants
from tests.support.inbox import forget, heard, inbox, news
from tests.support.rest import Caller
from tests.support.stream_listener import StreamListeners
from tests.support.timed_desk import TimedDesk

AGENT, SUPERVISOR = Role.AGENT, Role.SUPERVISOR


async def claimed(org: Org) -> tuple[dict[str, Any], Caller, Caller, Caller]:
    """A ticket of an agent's, with everything so far read: it, its agent, a follower, customer."""
    ana, bob, carla = await org.agent("Ana"), await org.agent("Bob"), await org.customer("Carla")
    ticket = await carla.file()
    await ana.claim(ticket["number"])
    (await bob.put(f"/tickets/{ticket['number']}/follow", {})).expect(204)
    await forget(ana, bob, carla)
    return ticket, ana, bob, carla


async def test_who_changes_its_own_ticket_hears_nothing_the_customer_once_and_followers_once(
    org: Org,
) -> None:
    """Scenario 24."""
    ticket, ana, bob, carla = await claimed(org)
    mia = await org.agent("Mia")
    await forget(mia)
    body = "@Bob and @bob, and @Mia: it works again."
    await ana.write(ticket["number"], body, status="resolved")
    assert await news(ana) == []
    assert await news(carla) == [("agent_reply", "customer")]
    assert await news(bob) == [("mention", "mentioned")]
    assert await news(mia) == [("mention", "mentioned")]


async def test_a_new_ticket_is_a_receipt_to_its_customer_and_news_to_the_team(org: Org) -> None:
    agent, supervisor = await org.agent(), await org.supervisor()
    carla = await org.customer("Carla")
    ticket = await carla.file("It broke")
    (receipt,) = (await inbox(carla))["items"]
    assert (receipt["kind"], receipt["type"]) == ("created", "ticket.created")
    assert receipt["ticket"] == {"number": 1, "subject": "It broke", "status": "open"}
    assert receipt["actor"]["id"] == carla.id
    assert receipt["seq"] == ticket["last_seq"]
    for caller in (agent, supervisor, org.admin):
        assert await heard(caller) == [("created", "team")]


async def test_an_agent_does_not_hear_of_the_ticket_that_it_filed_itself(org: Org) -> None:
    agent, colleague = await org.agent(), await org.agent()
    await agent.file(customer_email="c@example.test")
    assert await heard(agent) == []
    assert await heard(colleague) == [("created", "team")]


async def test_a_customer_never_hears_of_a_note(org: Org) -> None:
    ticket, ana, bob, carla = await claimed(org)
    await ana.write(ticket["number"], "between us: @bob", kind="note")
    await ana.write(ticket["number"], "between us", kind="note", status="resolved")
    body = (await carla.get("/notifications")).body.decode()
    assert "between us" not in body
    assert await news(carla) == [("resolved", "customer")]
    (resolved,) = (await inbox(carla, unread="true"))["items"]
    assert "text" not in resolved
    assert [kind for kind, _ in await news(bob)] == ["note", "mention"]


async def test_a_reply_shows_how_it_begins_to_all_who_may_read_it(org: Org) -> None:
    ticket, ana, bob, carla = await claimed(org)
    await carla.write(ticket["number"], "x" * 500)
    for caller, reason in ((ana, "mine"), (bob, "followed")):
        (notice,) = (await inbox(caller, unread="true"))["items"]
        assert (notice["kind"], notice["reason"]) == ("customer_reply", reason)
        assert notice["text"] == "x" * 200
        assert notice["actor"] == {"id": carla.id, "role": "customer", "name": "Carla"}
    assert await news(carla) == []


async def test_who_gets_and_who_loses_a_ticket_is_told_and_the_team_is_not(org: Org) -> None:
    ticket, ana, bob, carla = await claimed(org)
    sue = await org.supervisor("Sue")
    await forget(sue, org.admin)
    (await sue.post(f"/tickets/{ticket['number']}/assign", {"user_id": bob.id})).expect(200)
    assert await news(bob) == [("assigned", "assigned")]
    assert await news(ana) == [("assigned", "unassigned")]
    assert await news(sue) == await news(org.admin) == await news(carla) == []


async def test_a_promise_at_risk_is_told_to_the_team_and_a_broken_one_to_supervisors_too(
    timed: TimedDesk, timed_org: Org
) -> None:
    ana, bob, sue = [await timed_org.join(role) for role in (AGENT, AGENT, SUPERVISOR)]
    carla = await timed_org.customer()
    ticket = await carla.file(priority="urgent")
    (await sue.post(f"/tickets/{ticket['number']}/assign", {"user_id": ana.id})).expect(200)
    await forget(ana, bob, sue, carla)
    await timed.look(minutes=25)
    assert await news(ana) == [("sla_warning", "mine")]
    assert await news(bob) == await news(sue) == [("sla_warning", "team")]
    await forget(ana, bob, sue)
    await timed.look(minutes=10)
    assert await news(ana) == [("sla_breached", "mine")]
    assert await news(bob) == await news(sue) == [("sla_breached", "team")]
    assert await news(carla) == []


async def test_a_ticket_that_finds_its_agent_at_once_is_news_to_that_agent_alone(
    tenants: Tenants,
) -> None:
    org = await tenants.found(assignment=Assignment())
    ana, bob, carla = await org.agent(), await org.agent(), await org.customer()
    (await ana.put("/me/presence", {"state": "available"})).expect(200)
    ticket = await carla.file()
    assert (await ana.ticket(ticket["number"]))["assignee"]["id"] == ana.id
    assert await heard(ana) == [("assigned", "assigned")]
    assert await heard(bob) == await heard(org.admin) == []
    assert await heard(carla) == [("created", "customer")]


async def test_what_a_customer_takes_up_again_is_told_to_who_lost_it_and_to_who_got_it(
    tenants: Tenants,
) -> None:
    org = await tenants.found(assignment=Assignment())
    ticket, ana, bob, carla = await claimed(org)
    await ana.edit(ticket["number"], status="resolved")
    mia = await org.agent("Mia")
    (await mia.put("/me/presence", {"state": "available"})).expect(200)
    await forget(ana, bob, mia, org.admin)
    await carla.write(ticket["number"], "It is back.")
    assert await news(ana) == [("assigned", "unassigned")]
    assert await news(mia) == [("assigned", "assigned")]
    assert await news(bob) == [("customer_reply", "followed")]
    assert await news(org.admin) == []


async def test_supervisors_are_told_once_that_nobody_is_found(
    timed: TimedDesk, web: aiohttp.ClientSession
) -> None:
    org = await Tenants(timed, web).found(assignment=Assignment())
    ana, sue = await org.join(AGENT), await org.join(SUPERVISOR)
    await (await org.customer()).file()
    await forget(ana, sue)
    await timed.look(minutes=6)
    assert await news(sue) == [("unroutable", "supervisor")]
    assert await news(ana) == []
    await timed.look(minutes=6)
    assert len(await news(sue)) == 1


async def test_a_bad_rating_is_told_to_who_has_the_ticket_and_to_supervisors(org: Org) -> None:
    ticket, ana, bob, carla = await claimed(org)
    sue = await org.supervisor()
    await ana.edit(ticket["number"], status="resolved")
    await forget(ana, bob, sue)
    rate = f"/tickets/{ticket['number']}/rating"
    (await carla.post(rate, {"score": 3})).expect(200)
    assert await news(ana) == await news(sue) == []
    (await carla.post(rate, {"score": 2})).expect(200)
    assert await news(ana) == [("rated", "mine")]
    assert await news(sue) == [("rated", "supervisor")]
    assert await news(bob) == []


async def test_supervisors_hear_when_a_ticket_becomes_urgent_and_agents_do_not(org: Org) -> None:
    ticket, ana, bob, _ = await claimed(org)
    sue = await org.supervisor("Sue")
    await forget(sue, org.admin)
    await ana.edit(ticket["number"], priority="urgent")
    assert await news(sue) == await news(org.admin) == [("edited", "supervisor")]
    assert await news(ana) == await news(bob) == []


# -- read and unread


async def test_a_read_mark_covers_what_was_there_and_not_what_comes(org: Org) -> None:
    agent, carla = await org.agent(), await org.customer()
    first, second = [await carla.file() for _ in range(2)]
    page = await inbox(agent)
    assert (page["unread"], [it["read"] for it in page["items"]]) == (2, [False, False])
    up_to = page["items"][1]["id"]
    marked = (await agent.post("/notifications/read", {"up_to": up_to})).expect(200)
    assert marked == {"up_to": up_to, "unread": 1}
    assert [it["ticket"]["number"] for it in (await inbox(agent))["items"] if it["read"]] == [
        first["number"]
    ]
    unread = await inbox(agent, unread="true")
    assert [it["ticket"]["number"] for it in unread["items"]] == [second["number"]]
    (await agent.post("/notifications/read", {"up_to": 2**53})).expect(200)
    await carla.file()
    assert (await inbox(agent))["unread"] == 1


async def test_a_read_mark_never_goes_back(org: Org) -> None:
    agent, carla = await org.agent(), await org.customer()
    await carla.file()
    await forget(agent)
    marked = (await agent.post("/notifications/read", {"up_to": 0})).expect(200)
    assert marked["unread"] == 0


async def test_to_who_joins_later_what_the_team_was_told_before_is_no_news(org: Org) -> None:
    carla = await org.customer()
    await carla.file("before")
    agent = await org.agent()
    await carla.file("after")
    told = [(it["ticket"]["subject"], it["read"]) for it in (await inbox(agent))["items"]]
    assert told == [("after", False), ("before", True)]
    assert (await inbox(agent))["unread"] == 1


async def test_an_inbox_is_read_page_by_page_newest_first_and_each_deed_once(org: Org) -> None:
    agent, carla = await org.agent(), await org.customer()
    for n in range(5):
        await carla.file(f"Ticket {n}")
    items = await agent.everything("/notifications", limit=2)
    assert [it["ticket"]["subject"] for it in items] == [f"Ticket {n}" for n in (4, 3, 2, 1, 0)]
    assert len({it["id"] for it in items}) == 5


async def test_a_supervisor_whose_ticket_it_is_hears_of_a_deed_once(org: Org) -> None:
    sue, carla, bob = await org.supervisor("Sue"), await org.customer(), await org.agent()
    ticket = await carla.file()
    await sue.claim(ticket["number"])
    await forget(sue)
    await bob.edit(ticket["number"], priority="urgent")
    assert await news(sue) == [("edited", "mine")]


async def test_an_inbox_is_its_owners_alone(org: Org) -> None:
    ticket, ana, bob, carla = await claimed(org)
    await carla.write(ticket["number"])
    dora = await org.customer("Dora")
    assert (await inbox(dora)) | {"seq": 0} == {
        "items": [],
        "next_cursor": None,
        "seq": 0,
        "unread": 0,
    }
    await forget(ana)
    assert await news(bob) == [("customer_reply", "followed")]


@pytest.mark.parametrize("body", [{"up_to": -1}, {"up_to": "x"}, {"up_to": None}, {}])
async def test_a_bad_read_mark_is_refused_with_a_pointer(org: Org, body: Any) -> None:
    problem = (await org.admin.post("/notifications/read", body)).expect(422, "validation")
    assert problem["errors"][0]["pointer"] == "/up_to"


# -- followers


async def follows(caller: Caller, number: int) -> list[str]:
    page = (await caller.get(f"/tickets/{number}/followers")).expect(200)
    return [person["name"] for person in page["items"]]


async def test_an_agent_follows_and_stops_following_as_often_as_it_likes(org: Org) -> None:
    ticket, ana, bob, carla = await claimed(org)
    path = f"/tickets/{ticket['number']}/follow"
    (await bob.ask("PUT", path)).expect(204)
    assert await follows(ana, ticket["number"]) == ["Bob"]
    for _ in range(2):
        (await bob.delete(path)).expect(204)
    assert await follows(ana, ticket["number"]) == []
    await carla.write(ticket["number"])
    assert await news(bob) == []


async def test_a_body_that_following_does_not_know_is_refused(org: Org) -> None:
    ticket, ana, _, _ = await claimed(org)
    reply = await ana.put(f"/tickets/{ticket['number']}/follow", {"loudly": True})
    assert reply.expect(422, "validation")["errors"][0]["pointer"] == "/loudly"


async def test_who_is_mentioned_or_writes_to_anothers_ticket_follows_it(org: Org) -> None:
    ticket, ana, _, carla = await claimed(org)
    mia, noa = await org.agent("Mia"), await org.agent("Noa")
    number = ticket["number"]
    await mia.write(number, "Have you seen this, @Noa?", kind="note")
    await ana.write(number, "Looking.")
    assert await follows(ana, number) == ["Bob", "Mia", "Noa"]
    await forget(mia, noa)
    await carla.write(number)
    assert await news(mia) == await news(noa) == [("customer_reply", "followed")]


async def test_a_customers_words_mention_nobody(org: Org) -> None:
    ticket, ana, _, carla = await claimed(org)
    mia = await org.agent("Mia")
    await forget(mia)
    await carla.write(ticket["number"], "@Mia help me")
    assert await news(mia) == []
    assert await follows(ana, ticket["number"]) == ["Bob"]


async def test_colleagues_who_have_left_are_not_mentioned(org: Org) -> None:
    ticket, ana, _, _ = await claimed(org)
    mia = await org.agent("Mia")
    (await org.admin.patch(f"/users/{mia.id}", {"active": False})).expect(200)
    await ana.write(ticket["number"], "@Mia?", kind="note")
    assert await follows(ana, ticket["number"]) == ["Bob"]


async def test_an_erased_agent_leaves_no_notices_and_follows_nothing(org: Org) -> None:
    ticket, ana, bob, carla = await claimed(org)
    await carla.write(ticket["number"])
    (await org.admin.post(f"/users/{bob.id}/erase")).expect(200)
    assert await follows(ana, ticket["number"]) == []
    # Of its own alone, as a customer would: nobody can sign in as who is erased.
    own = NotificationScope(org_id=org.id, person_id=bob.id, role=Role.CUSTOMER)
    assert (
        await org.desk.database.read_snapshot(
            lambda reading: notifications.count_notifications(reading, own)
        )
        == 0
    )


async def test_a_retry_tells_nobody_twice(org: Org) -> None:
    ticket, ana, _, carla = await claimed(org)
    path, body = f"/tickets/{ticket['number']}/messages", {"body": "Hello?"}
    for _ in range(3):
        (await carla.post(path, body, Idempotency_Key="once")).expect(201)
    assert await news(ana) == [("customer_reply", "mine")]


async def test_what_many_do_at_once_is_told_one_by_one(org: Org) -> None:
    """On SQLite they share a transaction, and still each is a deed of its own."""
    ticket, ana, bob, carla = await claimed(org)
    mia = await org.agent("Mia")
    await forget(mia)
    number = ticket["number"]
    writers = [carla.write(number, f"Hello {n}?") for n in range(6)]
    await asyncio.gather(*writers, mia.write(number, "Hm.", kind="note"))
    assert sorted(await news(ana)) == [*[("customer_reply", "mine")] * 6, ("note", "mine")]
    assert len(await news(bob)) == 7


# -- live


async def test_a_signal_reaches_the_agent_who_was_told_and_nobody_else(
    org: Org, listeners: StreamListeners
) -> None:
    ticket, ana, _, carla = await claimed(org)
    mia = await org.join(Role.SUPERVISOR, "Mia")
    hers, _ = await listeners.of(ana)
    others, _ = await listeners.of(mia)
    await carla.write(ticket["number"])
    signal = await hers.until_type("notification.created")
    topic = next(topic for topic, told in hers.heard if told is signal)
    assert topic.split("/", 2)[2] == f"user/{ana.id}/"
    assert signal["seq"] == (await inbox(ana))["seq"]
    assert await news(ana) == [("customer_reply", "mine")]
    # What comes after it in the same stream has come: so it did not.
    await ana.edit(ticket["number"], tags=["late"])
    await others.until_type("ticket.updated")
    assert [told for told in others.told if told["type"] == "notification.created"] == []


async def test_a_signal_reaches_supervisors_who_are_told_but_not_who_did_it(
    org: Org, listeners: StreamListeners
) -> None:
    ticket, *_ = await claimed(org)
    mia, sue = await org.supervisor("Mia"), await org.supervisor("Sue")
    hers, _ = await listeners.of(mia)
    others, _ = await listeners.of(sue)
    await sue.edit(ticket["number"], priority="urgent")
    signal = await hers.until_type("notification.created")
    topic = next(topic for topic, told in hers.heard if told is signal)
    assert topic.split("/", 2)[2] == f"user/{mia.id}/"
    assert await news(mia) == [("edited", "supervisor")]
    late = await mia.edit(ticket["number"], tags=["late"])
    await others.until_seq(late["last_seq"])
    assert [told for told in others.told if told["type"] == "notification.created"] == []
