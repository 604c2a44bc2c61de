"""Customers who take part in another's ticket read it and reply, over REST and in their account."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from common.people import Scope
from tests.support.desk import PASSWORD, Org
from tests.support.marks import on_sqlite
from tests.support.rest import Caller
from tests.support.uploads import PNG, make_form
from tests.support.visitor import Visitor


async def takes_part(org: Org, number: int, person: Caller) -> None:
    path = f"/tickets/{number}/participants/{person.id}"
    (await org.admin.ask("PUT", path)).expect(204)


async def leaves(org: Org, number: int, person: Caller) -> None:
    (await org.admin.delete(f"/tickets/{number}/participants/{person.id}")).expect(204)


async def test_a_participant_reads_what_the_requester_reads(org: Org) -> None:
    agent, carla, otto = await org.agent(), await org.customer("Carla"), await org.customer("Otto")
    number = (await carla.file())["number"]
    await takes_part(org, number, otto)
    await agent.edit(number, tags=["vip"])
    await agent.write(number, "Known only to us.", kind="note")
    await agent.write(number, "Have you tried the valve?")
    reader = await org.key(Scope.TICKETS_READ_PUBLIC)
    for path in (f"/tickets/{number}", f"/tickets/{number}/messages"):
        both = [(await it.get(path)).expect(200) for it in (carla, otto, reader)]
        assert both[0] == both[1] == both[2], path
        assert "only to us" not in str(both)
    # Rendered for the one, remembered for the other.
    path = f"/tickets/{number}?include=messages"
    for first, second in ((carla, otto), (otto, carla)):
        await agent.write(number, "Or another one?")
        assert (await first.get(path)).expect(200) == (await second.get(path)).expect(200)
    assert "tags" not in await otto.ticket(number)


async def test_who_is_removed_reads_nothing_from_then_on(org: Org) -> None:
    agent, carla, otto = await org.agent(), await org.customer(), await org.customer()
    form = make_form(("photo.png", PNG), subject="Photo", description="See here.")
    ticket = (await carla.ask("POST", "/tickets", data=form)).expect(201)
    number, file_id = ticket["number"], ticket["attachments"][0]["id"]
    paths = [f"/tickets/{number}{end}" for end in ("", "?include=messages", "/messages")]
    paths.append(f"/attachments/{file_id}")
    for path in paths:
        (await otto.get(path)).expect(404, "not-found")
    await takes_part(org, number, otto)
    await agent.write(number, "We look into it.")
    (told,) = (await otto.get("/notifications")).expect(200)["items"]
    assert told["ticket"]["number"] == number
    tags = {}
    for path in paths:
        reply = await otto.get(path)
        assert reply.status == 200, path
        tags[path] = reply.headers["ETag"]
        again = await otto.ask("GET", path, headers={"If-None-Match": tags[path]})
        assert again.status == 304, path
    await leaves(org, number, otto)
    for path in paths:
        reply = await otto.ask("GET", path, headers={"If-None-Match": tags[path]})
        assert reply.status == 404, path
    (await otto.post(f"/tickets/{number}/messages", {"body": "Hello?"})).expect(404, "not-found")
    assert (await otto.get("/notifications")).expect(200)["items"] == []
    (await carla.get(paths[0])).expect(200)


async def test_a_participant_replies_and_does_nothing_else(org: Org) -> None:
    agent, carla, otto = await org.agent(), await org.customer(), await org.customer()
    number = (await carla.file())["number"]
    await takes_part(org, number, otto)
    path = f"/tickets/{number}"
    await otto.write(number, "Here too.")
    sent = await otto.ask("POST", f"{path}/attachments", data=make_form(("a.png", PNG), body="So:"))
    file_id = sent.expect(201)["attachments"][0]["id"]
    assert (await carla.get(f"/attachments/{file_id}")).status == 200
    await agent.edit(number, status="resolved")
    before = await agent.events()
    refused = [
        await otto.ask("PATCH", path, {"status": "open"}),
        await otto.ask("PATCH", path, {"status": "closed"}),
        await otto.post(f"{path}/rating", {"score": 1}),
        await otto.post(f"{path}/messages", {"body": "Psst.", "kind": "note"}),
        await otto.post(f"{path}/messages", {"body": "Still.", "status": "open"}),
        await otto.get(f"{path}/events"),
        await otto.get(f"{path}/participants"),
        await otto.post(f"{path}/merge", {"into": number}),
    ]
    assert [it.status for it in refused] == [403] * len(refused)
    assert await agent.events() == before


async def test_other_tickets_stay_out_of_sight(org: Org) -> None:
    agent, carla, otto = await org.agent(), await org.customer(), await org.customer()
    shared, other = [(await carla.file())["number"] for _ in range(2)]
    await takes_part(org, shared, otto)
    await agent.write(other, "About the other one.")
    for end in ("", "?include=messages", "/messages"):
        (await otto.get(f"/tickets/{other}{end}")).expect(404, "not-found")
    # The list is of what one has requested.
    assert (await otto.get("/tickets")).expect(200)["items"] == []


async def test_merging_shares_both_conversations_only_where_that_is_meant(org: Org) -> None:
    agent, carla, otto, zoe = [
        await org.agent(),
        *[await org.customer(name) for name in ("Carla", "Otto", "Zoe")],
    ]
    form = make_form(("photo.png", PNG), subject="Photo", description="See here.")
    ticket = (await carla.ask("POST", "/tickets", data=form)).expect(201)
    first, second = (await carla.file())["number"], ticket["number"]
    file_path = f"/attachments/{ticket['attachments'][0]['id']}"
    await takes_part(org, second, otto)
    merge = f"/tickets/{second}/merge"
    (await agent.post(merge, {"into": first})).expect(409, "not-mergeable")
    await takes_part(org, first, zoe)
    (await agent.post(merge, {"into": first})).expect(409, "not-mergeable")
    (await zoe.get(file_path)).expect(404, "not-found")
    (await agent.post(merge, {"into": first, "share": True})).expect(200)
    for person in (otto, zoe):
        seen = (await person.get(f"/tickets/{first}", include="messages")).expect(200)
        assert [it["body"] for it in seen["messages"]["items"]] == ["See here."]
        assert (await person.get(file_path)).status == 200
    for number in (first, second):
        listed = (await agent.get(f"/tickets/{number}/participants")).expect(200)["items"]
        assert {it["id"] for it in listed} == {otto.id, zoe.id}
    # Named by the merged ticket, removed from what is read together.
    await leaves(org, second, otto)
    for path in (f"/tickets/{first}", f"/tickets/{second}", file_path):
        (await otto.get(path)).expect(404, "not-found")
    (await otto.post(f"/tickets/{second}/messages", {"body": "Me?"})).expect(404, "not-found")


async def test_who_was_removed_from_a_follow_up_does_not_come_back_by_the_closed_ticket(
    org: Org,
) -> None:
    agent, carla, otto = await org.agent(), await org.customer(), await org.customer()
    number = (await carla.file())["number"]
    await takes_part(org, number, otto)
    for status in ("resolved", "closed"):
        await agent.edit(number, status=status)
    messages = f"/tickets/{number}/messages"
    (await carla.post(messages, {"body": "Again."})).expect(201)
    follow_up = number + 1
    (await otto.post(messages, {"body": "For me as well."})).expect(201)
    said = (await otto.get(f"/tickets/{follow_up}/messages")).expect(200)["items"]
    assert {it["body"] for it in said} == {"Again.", "For me as well."}
    await leaves(org, follow_up, otto)
    (await otto.post(messages, {"body": "And now?"})).expect(404, "not-found")
    for ticket in (number, follow_up):
        (await otto.get(f"/tickets/{ticket}")).expect(404, "not-found")
    assert len((await carla.get(f"/tickets/{follow_up}/messages")).expect(200)["items"]) == 2


@pytest.fixture
async def visitor(org: Org) -> AsyncIterator[Visitor]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as web:
        yield Visitor(web, org.desk.http)


@on_sqlite
async def test_the_account_shows_a_participant_the_ticket_without_what_is_not_theirs(
    org: Org, visitor: Visitor
) -> None:
    agent, carla, otto = await org.agent(), await org.customer("Carla"), await org.customer("Otto")
    number = (await carla.file("The machine leaks"))["number"]
    await takes_part(org, number, otto)
    await agent.write(number, "Known only to us.", kind="note")
    await visitor.open(f"/o/{org.id}/sign-in")
    await visitor.send("/sign-in", email=otto.email, password=PASSWORD)
    page = f"/o/{org.id}/tickets/{number}"
    await visitor.open(page)
    assert visitor.status == 200
    assert visitor.page.messages[0][0] == "Carla"
    assert "only to us" not in visitor.page.html
    assert not visitor.page.has_form("/solved")
    await visitor.send("/reply", body="Mine, too.")
    assert visitor.page.messages[-1] == ("You", "Mine, too.")
    form = visitor.page.form("/reply")
    solved = form.action.replace("/reply", "/solved")
    await visitor.ask("POST", solved, data=form.fill())
    assert visitor.status == 403
    assert (await agent.ticket(number))["status"] == "open"
    await leaves(org, number, otto)
    await visitor.open(page)
    assert visitor.status == 404
