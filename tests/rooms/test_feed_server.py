"""The feed against the real server, in a process of its own: killed, frozen, restarted."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from common import endpoints
from common.accounts import EditUser
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority, Status
from common.wire import TicketView
from tests.support.desk import Org, founded
from tests.support.feed_client import FeedClient, following
from tests.support.marks import on_sqlite
from tests.support.process import ServerProcess, serving
from tests.support.rest import Caller
from tests.support.sqlite_file import make_sqlite_url
from tui.model.queues import ListSource, Tab
from tui.model.store import Store
from tui.network.client import ApiProblem, Client, make_idempotency_key
from tui.network.feed import ConnectionPhase
from tui.network.page_loader import PageLoader


def client_of(org: Org, caller: Caller) -> Client:
    return Client(org.desk.http, org.id, caller.token)


@pytest.fixture
async def agent(org: Org) -> Caller:
    return await org.agent("ana")


@pytest.fixture
async def admin(org: Org) -> AsyncIterator[Client]:
    async with client_of(org, org.admin) as client:
        yield client


@pytest.fixture
async def ana(org: Org, agent: Caller) -> AsyncIterator[FeedClient]:
    async with following(client_of(org, agent)) as ana:
        await ana.live()
        yield ana


@pytest.fixture
async def own_org(
    tmp_path: Path, web: aiohttp.ClientSession
) -> AsyncIterator[tuple[ServerProcess, Org]]:
    """An organization whose server a test may kill and freeze."""
    url = make_sqlite_url(tmp_path)
    with serving(url, tmp_path / "log") as server:
        async with founded(url, server, web) as org:
            yield server, org


async def filed(client: Client, subject: str = "It broke") -> TicketView:
    command = FileTicket(subject, "Please help", customer_email="dora@example.org")
    return await client.file_ticket(command)


async def equals_a_fresh_one(follower: FeedClient) -> None:
    """Law 1, over the real server."""
    client = follower.client
    async with following(Client(client.server_url, client.org_id, client.token)) as fresh:
        await fresh.live()
        await follower.until(lambda: follower.store.seq == fresh.store.seq)
        one, other = follower.store, fresh.store
        assert (one.queue_counts, one.users, one.me) == (other.queue_counts, other.users, other.me)
        for tab in (Tab.OPEN, Tab.MINE, Tab.UNASSIGNED):
            assert one.list_tab_tickets(tab) == other.list_tab_tickets(tab)


@on_sqlite
async def test_what_colleagues_do_is_seen_as_a_fresh_snapshot_sees_it(
    org: Org, admin: Client, ana: FeedClient
) -> None:
    bo = await org.agent("bo")
    tickets = [await filed(admin, f"Ticket {turn}") for turn in range(6)]
    numbers = [ticket.number for ticket in tickets]
    await admin.send_command(numbers[0], ClaimTicket())
    await admin.send_command(numbers[1], AssignTicket(ana.store.me.id if ana.store.me else None))
    await admin.send_command(numbers[2], EditTicket(status=Status.RESOLVED))
    await admin.send_command(numbers[3], AddMessage("Hello", status=Status.RESOLVED))
    await admin.send_command(numbers[3], EditTicket(status=Status.CLOSED))
    await admin.send_command(numbers[4], EditTicket(status=Status.CLOSED, reason="spam"))
    await admin.send_command(numbers[5], EditTicket(priority=Priority.URGENT, tags=("vip",)))
    await admin.send_command(numbers[0], AssignTicket(bo.id))
    body = EditUser(name="Bob")
    await admin.call(endpoints.EDIT_USER, path={"id": bo.id}, body=body)
    customer = tickets[0].customer.id
    body = EditUser(name="Theodora")
    await admin.call(endpoints.EDIT_USER, path={"id": customer}, body=body)
    await equals_a_fresh_one(ana)
    held = ana.store.tickets[numbers[0]]
    assert (held.customer.name, held.assignee.name if held.assignee else "") == ("Theodora", "Bob")


@on_sqlite
async def test_a_conversation_stays_complete_while_both_sides_write(
    admin: Client, ana: FeedClient
) -> None:
    number = (await filed(admin)).number
    for turn in range(60):
        await admin.send_command(number, AddMessage(f"before {turn}", MessageKind.NOTE))
    loading = asyncio.create_task(ana.client.read_conversation(number))
    written = [await admin.send_command(number, AddMessage(f"while {turn}")) for turn in range(5)]
    assert ana.store.open_conversation(await loading)
    mine = await ana.client.send_command(number, AddMessage("mine", MessageKind.NOTE))
    ana.store.merge_message(number, mine)
    await ana.until(lambda: ana.store.seq >= mine.seq)
    while (cursor := ana.store.older_cursors[number]) is not None:
        ana.store.merge_older_messages(number, await ana.client.list_older_messages(number, cursor))
    bodies = [message.body for message in ana.store.messages[number]]
    expected = [*(f"before {turn}" for turn in range(60)), *(one.body for one in written), "mine"]
    assert bodies == expected
    assert ana.store.tickets[number].description == "Please help"


@on_sqlite
async def test_a_repeated_intention_makes_one_message(admin: Client) -> None:
    number, key = (await filed(admin)).number, make_idempotency_key()
    first = await admin.send_command(number, AddMessage("once"), key=key)
    assert await admin.send_command(number, AddMessage("once"), key=key) == first
    assert len((await admin.read_conversation(number)).messages.items) == 1


@on_sqlite
async def test_the_loser_of_a_claim_learns_who_won(admin: Client, ana: FeedClient) -> None:
    number = (await filed(admin)).number
    winner = await ana.client.send_command(number, ClaimTicket())
    assert winner.assignee
    with pytest.raises(ApiProblem) as caught:
        await admin.send_command(number, ClaimTicket())
    assert caught.value.slug == "already-claimed"
    assert caught.value.extras["assignee"]["id"] == winner.assignee.id


@on_sqlite
async def test_a_stale_edit_brings_the_ticket_as_it_is(admin: Client) -> None:
    ticket = await filed(admin)
    now = await admin.send_command(
        ticket.number, EditTicket(priority=Priority.HIGH), version=ticket.version
    )
    with pytest.raises(ApiProblem) as caught:
        await admin.send_command(
            ticket.number, EditTicket(priority=Priority.LOW), version=ticket.version
        )
    assert caught.value.slug == "stale-version"
    assert caught.value.ticket
    assert caught.value.ticket.version == now.version


async def test_a_killed_server_is_found_again_and_nothing_is_missed(
    own_org: tuple[ServerProcess, Org],
) -> None:
    server, org = own_org
    async with (
        client_of(org, org.admin) as admin,
        following(client_of(org, await org.agent("ana"))) as ana,
    ):
        await ana.live()
        kept = await filed(admin, "kept")
        await ana.until(lambda: kept.number in ana.store.tickets)
        server.kill()
        await ana.offline()
        assert kept.number in ana.store.tickets
        await asyncio.to_thread(server.restart)
        meanwhile = await filed(admin, "meanwhile")
        await ana.live()
        await ana.until(lambda: meanwhile.number in ana.store.tickets)
        after = await filed(admin, "after")
        await ana.until(lambda: after.number in ana.store.tickets)
        await equals_a_fresh_one(ana)


async def test_a_frozen_server_counts_as_away_until_it_thaws(
    own_org: tuple[ServerProcess, Org],
) -> None:
    server, org = own_org
    async with (
        client_of(org, org.admin) as admin,
        following(client_of(org, await org.agent("ana"))) as ana,
    ):
        await ana.live()
        server.signal(signal.SIGSTOP)
        await ana.offline()
        server.signal(signal.SIGCONT)
        await ana.live()
        ticket = await filed(admin)
        await ana.until(lambda: ticket.number in ana.store.tickets)


@on_sqlite
async def test_a_colleague_who_signs_out_moves_the_stream_and_nothing_is_missed(
    org: Org, admin: Client, ana: FeedClient
) -> None:
    async with following(client_of(org, await org.agent("bo"))) as bo:
        await bo.live()
        await bo.client.sign_out()
        numbers = [(await filed(admin)).number for _ in range(5)]
        await ana.until(lambda: set(numbers) <= ana.store.tickets.keys())
        await bo.reach(ConnectionPhase.SIGNED_OUT)
    await equals_a_fresh_one(ana)
    assert ConnectionPhase.OFFLINE not in [state.connection for state in ana.states]


@on_sqlite
async def test_an_agent_who_is_switched_off_is_signed_out(admin: Client, ana: FeedClient) -> None:
    assert ana.store.me
    body = EditUser(active=False)
    await admin.call(endpoints.EDIT_USER, path={"id": ana.store.me.id}, body=body)
    await ana.reach(ConnectionPhase.SIGNED_OUT)


@on_sqlite
async def test_resolved_tickets_come_page_by_page(admin: Client, ana: FeedClient) -> None:
    numbers = [(await filed(admin)).number for _ in range(3)]
    for number in numbers:
        await admin.send_command(number, EditTicket(status=Status.RESOLVED))
    await ana.until(lambda: ana.store.queue_counts.resolved == 3)
    fresh = Store()
    pager = PageLoader(admin, fresh)
    assert await pager.load_next_page(ListSource(Tab.RESOLVED))
    assert [ticket.number for ticket in fresh.list_tab_tickets(Tab.RESOLVED)] == numbers[::-1]
    assert pager.is_complete(ListSource(Tab.RESOLVED))
    assert not await pager.load_next_page(ListSource(Tab.RESOLVED))
