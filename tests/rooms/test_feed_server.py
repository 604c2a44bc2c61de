"""The feed against the real server, in a process of its own: killed, frozen, restarted."""

import asyncio
import json
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from common import endpoints
from common.accounts import CreateUser, EditUser
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority, Status
from common.wire import TicketView
from tests.support.process import deskwire_server
from tui.model.queues import Tab
from tui.model.store import Store
from tui.network.client import ApiProblem, Client, make_idempotency_key
from tui.network.feed import ConnectionPhase, ConnectionState, Feed
from tui.network.page_loader import PageLoader

ORG, PASSWORD = 4821, "correct horse 1"
COMMAND = [sys.executable, "-m", "server"]


def founded(database: Path) -> None:
    founding = ["org", "create", "--org-id", str(ORG), "--name", "Test"]
    founding += ["--admin-email", "admin@example.org", "--database", f"sqlite:///{database}"]
    done = deskwire_server(*founding, env={"DESKWIRE_ADMIN_PASSWORD": PASSWORD})
    assert done.returncode == 0, done.stderr


class Server:
    """`deskwire-server serve` on a database of its own."""

    def __init__(self, database: Path) -> None:
        self.database = f"sqlite:///{database}"
        self.http, self.stream = "127.0.0.1:0", "tcp://127.0.0.1:0"
        self.process: Process | None = None

    async def start(self) -> None:
        """The first start chooses ports, and each later one takes the same."""
        serving = [*COMMAND, "serve", "--http", self.http, "--stream", self.stream]
        self.process = await asyncio.create_subprocess_exec(
            *serving, "--database", self.database, stdout=PIPE, stderr=DEVNULL
        )
        assert self.process.stdout
        ready = json.loads(await self.process.stdout.readline())
        self.http, self.stream = ready["http"].removeprefix("http://"), ready["stream"]

    def signal(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    async def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            await self.process.wait()
            self.process = None

    async def client(self, email: str = "admin@example.org") -> Client:
        client = Client(f"http://{self.http}", ORG)
        await client.sign_in(email, PASSWORD)
        return client


class Station:
    """One client's feed and store."""

    def __init__(self, client: Client) -> None:
        self.client, self.store = client, Store()
        self.states: list[ConnectionState] = []
        self.told = asyncio.Event()
        self.feed = Feed(client, self.store, self.hear)
        self.store.subscribe(lambda _: self.told.set())
        self.running = asyncio.create_task(self.feed.run())

    def hear(self, state: ConnectionState) -> None:
        self.states.append(state)
        self.told.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not holds():
                self.told.clear()
                await self.told.wait()

    async def stands(self, connection: ConnectionPhase) -> None:
        await self.until(lambda: self.feed.state.connection is connection)

    async def close(self) -> None:
        self.running.cancel()
        await asyncio.wait({self.running})
        await self.client.close()


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one organization and its admin, made once."""
    database = tmp_path_factory.mktemp("beginning") / "desk.db"
    founded(database)
    return database


@pytest.fixture
async def server(beginning: Path, tmp_path: Path) -> AsyncIterator[Server]:
    shutil.copytree(beginning.parent, tmp_path, dirs_exist_ok=True)
    server = Server(tmp_path / beginning.name)
    await server.start()
    yield server
    await server.kill()


@pytest.fixture
async def admin(server: Server) -> AsyncIterator[Client]:
    async with await server.client() as client:
        for name in ("ana", "bo"):
            body = CreateUser(email=f"{name}@example.org", name=name, password=PASSWORD)
            await client.call(endpoints.CREATE_USER, body=body)
        yield client


@pytest.fixture
async def ana(server: Server, admin: Client) -> AsyncIterator[Station]:  # noqa: ARG001 - the admin creates her
    station = Station(await server.client("ana@example.org"))
    await station.stands(ConnectionPhase.LIVE)
    yield station
    await station.close()


async def filed(client: Client, subject: str = "It broke") -> TicketView:
    command = FileTicket(subject, "Please help", customer_email="dora@example.org")
    return await client.file_ticket(command)


async def equals_a_fresh_one(station: Station, server: Server) -> None:
    """Law 1, over the real server."""
    fresh = Station(await server.client("ana@example.org"))
    await fresh.stands(ConnectionPhase.LIVE)
    await station.until(lambda: station.store.seq == fresh.store.seq)
    one, other = station.store, fresh.store
    assert (one.queue_counts, one.users, one.me) == (other.queue_counts, other.users, other.me)
    for tab in (Tab.OPEN, Tab.MINE, Tab.UNASSIGNED):
        assert one.list_tab_tickets(tab) == other.list_tab_tickets(tab)
    await fresh.close()


async def test_what_colleagues_do_is_seen_as_a_fresh_snapshot_sees_it(
    server: Server, admin: Client, ana: Station
) -> None:
    tickets = [await filed(admin, f"Ticket {turn}") for turn in range(6)]
    numbers = [ticket.number for ticket in tickets]
    await admin.send_command(numbers[0], ClaimTicket())
    await admin.send_command(numbers[1], AssignTicket(ana.store.me.id if ana.store.me else None))
    await admin.send_command(numbers[2], EditTicket(status=Status.RESOLVED))
    await admin.send_command(numbers[3], AddMessage("Hello", status=Status.RESOLVED))
    await admin.send_command(numbers[3], EditTicket(status=Status.CLOSED))
    await admin.send_command(numbers[4], EditTicket(status=Status.CLOSED, reason="spam"))
    await admin.send_command(numbers[5], EditTicket(priority=Priority.URGENT, tags=("vip",)))
    bo = next(user for user in ana.store.users.values() if user.name == "bo")
    await admin.send_command(numbers[0], AssignTicket(bo.id))
    body = EditUser(name="Bob")
    await admin.call(endpoints.EDIT_USER, path={"id": bo.id}, body=body)
    customer = tickets[0].customer.id
    body = EditUser(name="Theodora")
    await admin.call(endpoints.EDIT_USER, path={"id": customer}, body=body)
    await equals_a_fresh_one(ana, server)
    held = ana.store.tickets[numbers[0]]
    assert (held.customer.name, held.assignee.name if held.assignee else "") == ("Theodora", "Bob")


async def test_a_conversation_stays_complete_while_both_sides_write(
    admin: Client, ana: Station
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


async def test_a_repeated_intention_makes_one_message(admin: Client) -> None:
    number, key = (await filed(admin)).number, make_idempotency_key()
    first = await admin.send_command(number, AddMessage("once"), key=key)
    assert await admin.send_command(number, AddMessage("once"), key=key) == first
    assert len((await admin.read_conversation(number)).messages.items) == 1


async def test_the_loser_of_a_claim_learns_who_won(admin: Client, ana: Station) -> None:
    number = (await filed(admin)).number
    winner = await ana.client.send_command(number, ClaimTicket())
    assert winner.assignee
    with pytest.raises(ApiProblem) as caught:
        await admin.send_command(number, ClaimTicket())
    assert caught.value.slug == "already-claimed"
    assert caught.value.extras["assignee"]["id"] == winner.assignee.id


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
    server: Server, admin: Client, ana: Station
) -> None:
    kept = await filed(admin, "kept")
    await ana.until(lambda: kept.number in ana.store.tickets)
    await server.kill()
    await ana.stands(ConnectionPhase.OFFLINE)
    assert kept.number in ana.store.tickets
    await server.start()
    meanwhile = await filed(admin, "meanwhile")
    await ana.stands(ConnectionPhase.LIVE)
    await ana.until(lambda: meanwhile.number in ana.store.tickets)
    after = await filed(admin, "after")
    await ana.until(lambda: after.number in ana.store.tickets)
    await equals_a_fresh_one(ana, server)


async def test_a_frozen_server_counts_as_away_until_it_thaws(
    server: Server, admin: Client, ana: Station
) -> None:
    server.signal(signal.SIGSTOP)
    await ana.stands(ConnectionPhase.OFFLINE)
    server.signal(signal.SIGCONT)
    await ana.stands(ConnectionPhase.LIVE)
    ticket = await filed(admin)
    await ana.until(lambda: ticket.number in ana.store.tickets)


async def test_a_colleague_who_signs_out_moves_the_stream_and_nothing_is_missed(
    server: Server, admin: Client, ana: Station
) -> None:
    bo = Station(await server.client("bo@example.org"))
    await bo.stands(ConnectionPhase.LIVE)
    await bo.client.sign_out()
    numbers = [(await filed(admin)).number for _ in range(5)]
    await ana.until(lambda: set(numbers) <= ana.store.tickets.keys())
    await bo.stands(ConnectionPhase.SIGNED_OUT)
    await bo.close()
    await equals_a_fresh_one(ana, server)
    assert ConnectionPhase.OFFLINE not in [state.connection for state in ana.states]


async def test_an_agent_who_is_switched_off_is_signed_out(admin: Client, ana: Station) -> None:
    assert ana.store.me
    body = EditUser(active=False)
    await admin.call(endpoints.EDIT_USER, path={"id": ana.store.me.id}, body=body)
    await ana.stands(ConnectionPhase.SIGNED_OUT)


async def test_resolved_tickets_come_page_by_page(admin: Client, ana: Station) -> None:
    numbers = [(await filed(admin)).number for _ in range(3)]
    for number in numbers:
        await admin.send_command(number, EditTicket(status=Status.RESOLVED))
    await ana.until(lambda: ana.store.queue_counts.resolved == 3)
    fresh = Store()
    pager = PageLoader(admin, fresh)
    assert await pager.load_next_page(Tab.RESOLVED)
    assert [ticket.number for ticket in fresh.list_tab_tickets(Tab.RESOLVED)] == numbers[::-1]
    assert pager.is_complete(Tab.RESOLVED)
    assert not await pager.load_next_page(Tab.RESOLVED)
