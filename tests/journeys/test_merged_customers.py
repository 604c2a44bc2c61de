"""Two customers who are one person: one has everything, until the merge is undone."""

from typing import Any

from common.tickets.filing import FileTicket
from server.desk.erasure.user_erasure import erase_user
from server.desk.people.person_merging import MAX_TICKETS
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_creation
from tests.support.desk import PASSWORD, Org, Tenants
from tests.support.import_lines import given_out, taken_in
from tests.support.rest import Caller


async def merge(who: Caller, merged: Caller, into: Caller) -> dict[str, Any]:
    done: dict[str, Any] = (await who.post(f"/users/{merged.id}/merge", {"into": into.id})).expect(
        200
    )
    return done


async def own_tickets(customer: Caller) -> list[int]:
    page = (await customer.get("/tickets", sort="created_at")).expect(200)
    return [it["number"] for it in page["items"]]


async def addresses(org: Org, customer: Caller) -> set[str]:
    page = (await org.admin.get(f"/users/{customer.id}/addresses")).expect(200)
    return {it["address"] for it in page["items"]}


async def test_a_merged_customer_gives_tickets_addresses_and_notices_to_the_other(
    org: Org,
) -> None:
    chief, agent = await org.supervisor(), await org.agent()
    old, new = await org.customer("Old"), await org.customer("New")
    (await agent.post(f"/users/{old.id}/addresses", {"address": "old@work.example"})).expect(201)
    first, second = (await old.file())["number"], (await new.file())["number"]
    await agent.write(first, "Hello.")
    notices = (await old.get("/notifications")).expect(200)["items"]
    before = (await agent.get("/queues")).expect(200)["seq"]
    done = await merge(chief, old, new)
    assert (done["active"], done["merged_into"]) == (False, new.id)
    assert await own_tickets(new) == [first, second]
    (await old.get("/me")).expect(401, "unauthenticated")
    assert await addresses(org, new) == {new.email, old.email, "old@work.example"}
    moved = {it["id"] for it in (await new.get("/notifications")).expect(200)["items"]}
    assert {it["id"] for it in notices} <= moved
    types = [it["type"] for it in await agent.events(before)]
    assert types == ["user.changed", "user.changed", "ticket.updated"]
    body = {"email": old.email, "password": PASSWORD}
    session = (await org.stranger.post("/sessions", body)).expect(201)
    assert session["user"]["id"] == new.id
    assert (await agent.file(customer_email=old.email))["customer"]["id"] == new.id
    found = (await agent.get("/tickets", q="old@work.example")).expect(200)["items"]
    assert {first, second} <= {it["number"] for it in found}
    assert await merge(chief, old, new) == done


async def test_an_undone_merge_of_customers_gives_back_exactly_what_moved(org: Org) -> None:
    chief, agent = await org.supervisor(), await org.agent()
    old, new, third = await org.customer(), await org.customer(), await org.customer()
    (await agent.post(f"/users/{old.id}/addresses", {"address": "old@work.example"})).expect(201)
    kept, corrected = [(await old.file())["number"] for _ in range(2)]
    own = (await new.file())["number"]
    notices = (await old.get("/notifications")).expect(200)["items"]
    others = (await new.get("/notifications")).expect(200)["items"]
    await merge(chief, old, new)
    since = (await agent.file(customer_email=old.email))["number"]
    body = {"customer_email": third.email}
    (await agent.post(f"/tickets/{corrected}/customer", body)).expect(200)
    restored = (await chief.post(f"/users/{old.id}/unmerge")).expect(200)
    assert (restored["active"], restored["email"]) == (True, old.email)
    assert "merged_into" not in restored
    again = await org.again(old)
    assert await own_tickets(again) == [kept]
    assert await own_tickets(new) == [own, since]
    assert await own_tickets(third) == [corrected]
    assert await addresses(org, old) == {old.email, "old@work.example"}
    assert await addresses(org, new) == {new.email}
    left = [it for it in notices if it["ticket"]["number"] != corrected]
    ids = {it["id"] for it in (await again.get("/notifications")).expect(200)["items"]}
    assert {it["id"] for it in left} <= ids
    assert {it["id"] for it in others} <= {
        it["id"] for it in (await new.get("/notifications")).expect(200)["items"]
    }
    (await chief.post(f"/users/{old.id}/unmerge")).expect(409, "customers-not-merged")


async def test_customers_are_not_separated_while_their_tickets_are_merged(org: Org) -> None:
    chief, old, new = await org.supervisor(), await org.customer(), await org.customer()
    first, second = (await old.file())["number"], (await new.file())["number"]
    await merge(chief, old, new)
    (await chief.post(f"/tickets/{first}/merge", {"into": second})).expect(200)
    refused = await chief.post(f"/users/{old.id}/unmerge")
    assert f"#{second}" in refused.expect(409, "customers-not-merged")["detail"]
    (await chief.post(f"/tickets/{first}/unmerge")).expect(200)
    (await chief.post(f"/users/{old.id}/unmerge")).expect(200)


async def test_merges_of_other_people_are_refused(org: Org) -> None:
    chief, agent = await org.supervisor(), await org.agent()
    old, new, third = await org.customer(), await org.customer(), await org.customer()
    path = f"/users/{old.id}/merge"
    (await agent.post(path, {"into": new.id})).expect(403, "forbidden")
    (await chief.post(path, {"into": old.id})).expect(422, "validation")
    (await chief.post(path, {"into": 999_999})).expect(422, "validation")
    (await chief.post(path, {"into": agent.id})).expect(409, "customers-not-mergeable")
    (await chief.post("/users/999999/merge", {"into": new.id})).expect(404, "not-found")
    await merge(chief, old, new)
    for body in ({"into": third.id},):
        (await chief.post(path, body)).expect(409, "customers-not-mergeable")
    onward = await chief.post(f"/users/{new.id}/merge", {"into": third.id})
    onward.expect(409, "customers-not-mergeable")
    change = await org.admin.patch(f"/users/{old.id}", {"active": True})
    change.expect(409, "person-merged")
    add = await agent.post(f"/users/{old.id}/addresses", {"address": "x@y.example"})
    add.expect(409, "person-merged")


async def test_erasing_a_customer_erases_whoever_is_merged_into_them(org: Org) -> None:
    chief, old, new = await org.supervisor(), await org.customer(), await org.customer()
    number = (await old.file())["number"]
    await old.write(number, "My own words.")
    await merge(chief, old, new)
    await org.write(lambda work: erase_user(work, new.id))
    said = (await chief.get(f"/tickets/{number}/messages")).expect(200)["items"]
    assert [it["body"] for it in said] == ["(erased)"]
    assert (await chief.get(f"/users/{old.id}")).expect(200)["name"] == "Erased"
    (await chief.post(f"/users/{old.id}/unmerge")).expect(409, "customers-not-merged")


async def test_a_customer_with_very_many_tickets_is_merged_the_other_way_round(org: Org) -> None:
    chief, old, new = await org.supervisor(), await org.customer(), await org.customer()
    command = FileTicket("Again", "It broke.", customer_email=old.email)

    def file_many(work: UnitOfWork) -> None:
        for _ in range(MAX_TICKETS + 1):
            ticket_creation.create_ticket(work, command)

    await org.write(file_many)
    path = f"/users/{old.id}/merge"
    refused = (await chief.post(path, {"into": new.id})).expect(409, "customers-not-mergeable")
    assert "with fewer tickets" in refused["detail"]
    body = {"customer_email": new.email}
    (await chief.post("/tickets/1/customer", body)).expect(200)
    await merge(chief, old, new)
    counted = await chief.everything("/tickets", customer=new.id)
    assert len(counted) == MAX_TICKETS + 1


async def test_tickets_of_merged_customers_move_out_and_in(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    chief, old, new = await here.supervisor(), await here.customer(), await here.customer()
    number = (await old.file())["number"]
    await merge(chief, old, new)
    lines = await given_out(here)
    await taken_in(there, *lines)
    assert (await there.admin.ticket(number))["customer"]["email"] == new.email
    found = (await there.admin.get("/users", q=old.email)).expect(200)["items"]
    assert [it["email"] for it in found] == [new.email]


async def test_an_undone_merge_leaves_the_other_no_words_of_tickets_that_go_back(
    org: Org,
) -> None:
    chief, agent = await org.supervisor(), await org.agent()
    old, new = await org.customer(), await org.customer()
    number = (await old.file())["number"]
    await merge(chief, old, new)
    await agent.write(number, "Not for the other.")
    assert (await new.get("/notifications")).expect(200)["items"]
    (await chief.post(f"/users/{old.id}/unmerge")).expect(200)
    assert (await new.get("/notifications")).expect(200)["items"] == []


async def test_a_rating_moves_with_the_tickets_of_merged_customers(tenants: Tenants) -> None:
    """That of a customer who was corrected does not: it is not the new one's."""
    here, there = await tenants.found(), await tenants.found()
    chief, old, new = await here.supervisor(), await here.customer("Old"), await here.customer()
    for number in (1, 2):
        await old.file(f"Case {number}")
        await chief.edit(number, status="resolved")
        rating = {"score": 4, "comment": f"Quick {number}"}
        (await old.post(f"/tickets/{number}/rating", rating)).expect(200)
    body = {"customer_email": new.email}
    (await chief.post("/tickets/2/customer", body)).expect(200)
    await merge(chief, old, new)
    lines = await given_out(here)
    await taken_in(there, *lines)
    for number, score in ((1, 4), (2, None)):
        for caller in (here.admin, there.admin):
            ticket = await caller.ticket(number)
            assert ticket["customer"]["email"] == new.email
            assert (ticket["rating"] or {}).get("score") == score
    moved = [line for line in await given_out(there) if "ticket" in line]
    assert moved == [line for line in lines if "ticket" in line]
