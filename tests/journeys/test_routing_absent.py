"""Absent agents: a lost terminal, a server that was down, more than one transaction does."""

from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
from msgspec.structs import replace

from common.organization import Assignment
from common.people import Presence
from common.tickets.filing import FileTicket
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.routing import presence_changes, ticket_routing
from server.desk.routing.ticket_returns import GRACE
from server.desk.tickets import ticket_creation
from server.domain.timestamps import to_microseconds
from server.storage.connect import open_database
from server.storage.queries.person import people
from tests.support.desk import Org, ServedDesk, Tenants
from tests.support.import_lines import case, did, taken_in
from tests.support.process import serving
from tests.support.rest import Caller
from tests.support.sqlite_file import make_sqlite_url
from tests.support.stream_listener import StreamListeners
from tests.support.waiting import eventually

FAR = 3600


async def working(org: Org, name: str) -> Caller:
    """An agent at a workstation that renews."""
    agent = await org.agent(name)
    await renew(agent, FAR)
    return agent


async def renew(agent: Caller, ttl: int) -> None:
    (await agent.put("/me/presence", {"state": "available", "ttl_seconds": ttl})).expect(200)


async def lose(org: Org, agent: Caller) -> None:
    """The terminal is killed: its last renewal runs out."""
    await renew(agent, 1)

    async def is_offline() -> bool:
        user = (await org.admin.get(f"/users/{agent.id}")).expect(200)
        return bool(user["presence"] == "offline")

    await eventually(is_offline)


async def let_the_grace_pass(org: Org, agent: Caller) -> None:
    def job(work: UnitOfWork) -> None:
        person = people.find_person(work.writing, org.id, agent.id)
        assert person is not None
        assert person.lost_at is not None
        assert abs(person.lost_at - to_microseconds(work.now)) < 3600_000_000  # the same unit
        long_ago = person.lost_at - to_microseconds(work.now) + to_microseconds(work.now - GRACE)
        people.save_person(work.writing, replace(person, lost_at=long_ago))

    await org.write(job)


def owner(ticket: dict[str, Any]) -> int | None:
    return int(ticket["assignee"]["id"]) if ticket["assignee"] else None


async def test_a_lost_agents_open_tickets_return_and_what_is_begun_is_flagged(
    balanced: Org, listeners: StreamListeners
) -> None:
    org, customer = balanced, await balanced.customer()
    ana = await working(org, "Ana")
    for _ in range(2):
        assert owner(await customer.file()) == ana.id
    await ana.claim(1)
    listener, _ = await listeners.of(org.admin)
    await lose(org, ana)
    bo = await working(org, "Bo")
    assert [owner(await org.admin.ticket(n)) for n in (1, 2)] == [ana.id] * 2, "within the grace"
    await let_the_grace_pass(org, ana)
    told = await listener.until(lambda it: it["type"] == "ticket.assigned")
    assert owner(told["ticket"]) == bo.id
    assert told["ticket"]["routing"]["detail"].startswith(
        "Ana's terminal lost its connection. The agent came first"
    )
    released = next(it for it in await org.admin.events() if it["type"] == "ticket.released")
    assert released["actor"]["role"] == "system"
    assert released["changes"]["assignee"] == [{"id": ana.id, "name": "Ana"}, None]

    async def is_flagged() -> bool:
        return bool((await org.admin.ticket(1))["routing"]["reason"] == "agent_lost")

    await eventually(is_flagged)
    flagged = await org.admin.ticket(1)
    assert (owner(flagged), flagged["status"]) == (ana.id, "in_progress")
    assert "The terminal of its agent has lost its connection" in flagged["routing"]["detail"]
    await renew(ana, FAR)
    back = await org.admin.ticket(1)
    assert (owner(back), back["routing"]["reason"]) == (ana.id, "assigned")
    assert owner(await org.admin.ticket(2)) == bo.id


async def test_what_was_moved_in_and_begun_is_flagged_and_is_nobodys_stumbling_block(
    balanced: Org, listeners: StreamListeners
) -> None:
    org, ana = balanced, await working(balanced, "Ana")
    begun = did("status", ana.email, status="in_progress")
    await taken_in(org, case("Case1", did("assign", ana.email, to=ana.email), begun))
    listener, _ = await listeners.of(org.admin)
    await lose(org, ana)
    await let_the_grace_pass(org, ana)
    flagged = await listener.until(lambda it: it["type"] == "ticket.updated")
    assert flagged["ticket"]["routing"]["reason"] == "agent_lost"
    await renew(ana, FAR)
    back = await listener.until(lambda it: it["type"] == "ticket.updated")
    assert back["ticket"]["routing"] == {
        "reason": "manual",
        "detail": "Claimed or assigned by hand.",
    }


async def test_who_is_back_within_the_grace_has_lost_nothing(balanced: Org) -> None:
    ana, customer = await working(balanced, "Ana"), await balanced.customer()
    await customer.file()
    await lose(balanced, ana)
    await renew(ana, FAR)
    person = await balanced.write(
        lambda work: people.find_person(work.writing, balanced.id, ana.id)
    )
    assert person is not None
    assert person.lost_at is None
    assert owner(await balanced.admin.ticket(1)) == ana.id


async def test_who_goes_offline_by_hand_keeps_the_work(balanced: Org) -> None:
    ana, customer = await working(balanced, "Ana"), await balanced.customer()
    await customer.file()
    (await ana.put("/me/presence", {"state": "offline"})).expect(200)
    person = await balanced.write(
        lambda work: people.find_person(work.writing, balanced.id, ana.id)
    )
    assert person is not None
    assert person.lost_at is None
    assert owner(await balanced.admin.ticket(1)) == ana.id


async def pile(org: Org, number: int) -> None:
    """So many tickets that wait."""

    def job(work: UnitOfWork) -> None:
        for n in range(number):
            ticket_creation.create_ticket(
                work, FileTicket(f"No. {n}", "Help", customer_email=f"c@{org.id}.example")
            )

    await org.write(job)


async def test_what_is_too_much_for_one_transaction_is_gone_on_with(balanced: Org) -> None:
    await pile(balanced, 250)
    ana = await balanced.join(capacity=230)
    before = (await balanced.admin.get("/queues")).expect(200)["seq"]
    await renew(ana, FAR)
    at_once = Counter(it["type"] for it in await balanced.admin.events(before))
    assert at_once["ticket.assigned"] >= 200

    async def is_done() -> bool:
        waiting = await balanced.admin.everything("/tickets", assignee="none", limit=100)
        return Counter(it["routing"]["reason"] for it in waiting) == {"all_at_capacity": 20}

    await eventually(is_done)
    assigned = [
        it["ticket"]["number"]
        for it in await balanced.admin.events(before)
        if it["type"] == "ticket.assigned"
    ]
    assert assigned == list(range(1, 231)), "the longest waiting first"


async def test_a_transaction_says_no_more_than_so_much_about_the_queue(balanced: Org) -> None:
    await pile(balanced, 250)
    ana = await balanced.join(capacity=0)

    def job(work: UnitOfWork) -> tuple[int, int | None]:
        before = work.sequence.seq
        presence_changes.change_presence(work, ana.id, Presence.AVAILABLE)
        ticket_routing.route_pending_tickets(work)
        return work.sequence.seq - before, work.sequence.route_at

    written, go_on_at = await balanced.write(job)
    assert written == 1 + 200
    assert go_on_at is not None

    async def is_done() -> bool:
        waiting = await balanced.admin.everything("/tickets", limit=100)
        return {it["routing"]["reason"] for it in waiting} == {"all_at_capacity"}

    await eventually(is_done)


async def test_when_a_server_starts_every_queue_is_looked_at(
    tmp_path: Path, web: aiohttp.ClientSession
) -> None:
    url = make_sqlite_url(tmp_path)
    database = open_database(url)
    try:
        with serving(url, tmp_path / "one.log") as server:
            org = await Tenants(ServedDesk(url, server, database), web).found(
                assignment=Assignment()
            )
            ana = await org.agent()
            await pile(org, 3)
        # What nobody looked at: somebody came while no server ran.
        await org.write(
            lambda work: presence_changes.change_presence(work, ana.id, Presence.AVAILABLE)
        )
        with serving(url, tmp_path / "two.log") as server:
            admin = org.admin.at(server.http)

            async def are_given() -> bool:
                return [owner(await admin.ticket(n)) for n in (1, 2, 3)] == [ana.id] * 3

            await eventually(are_given)
    finally:
        database.close()


async def test_who_takes_up_what_somebody_who_left_had_resolved_has_it(balanced: Org) -> None:
    ana, customer = await working(balanced, "Ana"), await balanced.customer()
    bo = await balanced.agent("Bo")
    for number in (1, 2):
        await customer.file()
        await ana.edit(number, status="resolved")
    (await balanced.admin.patch(f"/users/{ana.id}", {"active": False})).expect(200)
    assert owner(await bo.ticket(1)) == ana.id
    assert owner(await bo.edit(1, status="in_progress")) == bo.id
    await bo.write(2, "One thing more.", status="in_progress")
    assert owner(await bo.ticket(2)) == bo.id
