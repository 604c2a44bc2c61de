"""Merged tickets move out and in: the links, conversations and figures are the same there."""

from typing import Any

from server.clock import utc_now
from server.desk.mail import delivery_failures
from server.desk.mail.delivery_failures import FailedMail
from server.desk.recording.unit_of_work import UnitOfWork
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.ticket import tickets
from tests.support.desk import Org, Tenants
from tests.support.import_lines import given_out, taken_in
from tests.support.rest import Caller


async def conversation(caller: Caller, number: int) -> list[tuple[str, str, int | None]]:
    page = (await caller.get(f"/tickets/{number}/messages")).expect(200)
    return [(it["body"], it["kind"], it.get("ticket")) for it in page["items"]]


async def ticket_state(caller: Caller, number: int) -> dict[str, Any]:
    ticket = await caller.ticket(number)
    names = ("subject", "status", "close_reason", "merged_into", "merged_from", "closed_at")
    return {name: ticket.get(name) for name in names} | {
        "waiting_on": ticket["waiting_on"],
        "assignee": ticket["assignee"] and ticket["assignee"]["name"],
    }


async def merged_every_way(org: Org) -> None:
    """1 into 2 (the newer), 4 into 3 (the older), 5 into 4's survivor by way of 6, 7 undone."""
    agent, customer = await org.agent("Ana"), await org.customer("Cleo")
    for n in range(1, 9):
        await customer.file(subject=f"Case {n}", description=f"Text {n}")
    await customer.write(1, "One.")
    (await agent.post("/tickets/2/messages", {"body": "Two.", "waiting_on": "customer"})).expect(
        201
    )
    for number, into in ((1, 2), (4, 3), (5, 6), (6, 3), (7, 8)):
        (await agent.post(f"/tickets/{number}/merge", {"into": into})).expect(200)
    await customer.write(7, "On the survivor.")
    (await agent.post("/tickets/7/unmerge")).expect(200)
    await agent.write(2, "Answered.")
    await agent.edit(2, status="resolved")


async def test_merged_tickets_are_the_same_after_moving(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    await merged_every_way(here)
    lines = await given_out(here)
    await taken_in(there, *lines)
    for number in range(1, 9):
        expected = await ticket_state(here.admin, number)
        assert await ticket_state(there.admin, number) == expected
        assert await conversation(there.admin, number) == await conversation(here.admin, number)
    assert (await there.admin.ticket(3))["merged_from"] == [4, 6, 5]
    moved = [line for line in await given_out(there) if "ticket" in line]
    assert moved == [line for line in lines if "ticket" in line]
    query = {"from": "2026-01-01", "to": "2099-01-01"}
    figures = [
        (await org.admin.get("/reports/summary", **query)).expect(200)["total"]
        for org in (here, there)
    ]
    assert {**figures[0], "sla": None} == {**figures[1], "sla": None}


async def test_a_link_keeps_its_number_where_the_wish_is_taken(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    await merged_every_way(here)
    taken = await there.customer()
    for _ in range(3):
        await taken.file()
    await taken_in(there, *await given_out(here))
    found = await there.admin.everything("/tickets", q="Case")
    by_subject = {ticket["subject"]: ticket for ticket in found}
    assert by_subject["Case 1"]["merged_into"] == by_subject["Case 2"]["number"]
    assert by_subject["Case 4"]["merged_into"] == by_subject["Case 3"]["number"]
    assert by_subject["Case 3"]["merged_from"] == [
        by_subject[f"Case {n}"]["number"] for n in (4, 6, 5)
    ]


async def test_a_link_to_a_ticket_that_is_nowhere_is_left_out(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    await merged_every_way(here)
    lines = await given_out(here)
    kept = [line for line in lines if line.get("ticket", {}).get("number") not in {2, 4}]
    await taken_in(there, *kept)
    first = await there.admin.ticket(1)
    assert (first["status"], first["close_reason"], "merged_into" in first) == (
        "closed",
        "merged",
        False,
    )
    assert (await there.admin.ticket(3))["merged_from"] == [6, 5]


async def test_a_wait_for_a_lost_reply_of_a_merged_ticket_moves(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    agent, customer = await here.agent("Ana"), await here.customer("Cleo")
    for n in (1, 2):
        await customer.file(subject=f"Case {n}")
        await agent.write(n, "Try again.", waiting_on="customer")
    (await agent.post("/tickets/2/merge", {"into": 1})).expect(200)
    assert (await agent.ticket(1))["sla"]["next_response_due"] is None
    lost = [it for it in await agent.events() if it["type"] == "message.added"][1]
    failed = FailedMail(person_id=customer.id, number=2, seq=lost["seq"], error="550 no")
    system = make_system_actor(here.id)
    await here.desk.database.write(
        lambda writing: delivery_failures.record_undelivered(
            UnitOfWork(writing, system, utc_now()), failed
        )
    )
    expected = await here.admin.ticket(1)
    assert (expected["waiting_on"], expected["sla"]["state"]) == ("agent", "ok")
    assert expected["sla"]["next_response_due"]
    await taken_in(there, *await given_out(here))
    assert (await there.admin.ticket(1))["waiting_on"] == "agent"
    kept, moved = await unanswered_since(here), await unanswered_since(there)
    assert kept == moved is not None


async def unanswered_since(org: Org) -> Any:
    found = await org.desk.database.read_snapshot(lambda it: tickets.find_ticket(it, org.id, 1))
    return found and found.unanswered_since
