"""The server killed, stopped, restarted and started twice: nothing that was promised is lost."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.desk import PASSWORD, founded
from tests.support.loopback_server import serve_connections
from tests.support.postgres import Cluster
from tests.support.process import (
    ServerProcess,
    deskwire_server,
    fork_deskwire_server,
    serving,
)
from tests.support.rest import Caller, Reply
from tests.support.smtp_server import Mailbox, mailbox
from tests.support.sqlite_file import make_sqlite_url
from tests.support.stream_listener import StreamListeners
from tests.support.waiting import eventually

GONE = (aiohttp.ClientError, OSError)
TICKET = {"subject": "It broke", "description": "Please help."}


class Pusher:
    """Files tickets without end, each with a key of its own, and knows which were acknowledged."""

    def __init__(self, caller: Caller, name: str) -> None:
        self.caller = caller
        self.name = name
        self.asked = 0
        self.acknowledged: dict[str, int] = {}

    async def push(self) -> None:
        while True:
            self.asked += 1
            key = f"{self.name}-{self.asked}"
            try:
                reply = await self.file(key)
            except GONE:
                return
            self.acknowledged[key] = reply.expect(201)["number"]

    async def file(self, key: str) -> Reply:
        return await self.caller.post("/tickets", {**TICKET, "subject": key}, Idempotency_Key=key)


async def test_a_server_killed_under_load_has_everything_it_acknowledged_and_nothing_twice(
    desk_url: str, web: aiohttp.ClientSession, listeners: StreamListeners, tmp_path: Path
) -> None:
    with serving(desk_url, tmp_path / "log") as server:
        async with founded(desk_url, server, web) as org:
            pushers = [Pusher(await org.customer(), f"p{n}") for n in range(12)]
            agent = await org.agent()
            listener, where = await listeners.of(agent)
            pushing = asyncio.gather(*(pusher.push() for pusher in pushers))
            await eventually(_have_pushed(pushers, 150))
            server.kill()
            await pushing
            server.restart()
            await _all_is_there(agent, pushers)
            # The open listener goes on by itself, on the same port and topic.
            beat = await listener.until_type("heartbeat")
            await pushers[0].caller.file("after")
            told = await listener.until(
                lambda told: told.get("ticket", {}).get("subject") == "after"
            )
            assert told["seq"] > beat["seq"] >= where["seq"]


async def test_a_receipt_claimed_when_the_server_was_killed_is_sent_after_its_restart(
    desk_url: str, web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with mailbox() as box, hanging_relay(box) as relay:
        settings = {"smtp_url": relay.url, "mail_from": "desk@acme.example"}
        with serving(desk_url, tmp_path / "log", **settings) as server:
            async with founded(desk_url, server, web) as org:
                customer = await org.customer()
                await customer.file("Are you there?")
                await relay.connected.wait()
                server.kill()
                relay.hangs = False
                server.restart()
                [mail] = await box.comes()
                assert (mail.to, mail.subject) == (customer.email, "[#1] Are you there?")


class HangingRelay:
    """A relay that says nothing, until it passes everything on to a mailbox."""

    def __init__(self, box: Mailbox) -> None:
        self.box, self.hangs, self.url = box, True, ""
        self.connected = asyncio.Event()

    async def welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected.set()
        if self.hangs:
            await reader.read()
        else:
            there = await asyncio.open_connection("127.0.0.1", self.box.port)
            await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
            there[1].close()
        writer.close()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def hanging_relay(box: Mailbox) -> AsyncIterator[HangingRelay]:
    relay = HangingRelay(box)
    async with serve_connections(relay.welcome) as port:
        relay.url = f"smtp://127.0.0.1:{port}"
        yield relay


def _have_pushed(pushers: list[Pusher], count: int) -> Any:
    async def so() -> bool:
        return sum(len(pusher.acknowledged) for pusher in pushers) >= count

    return so


async def _all_is_there(agent: Caller, pushers: list[Pusher]) -> None:
    events = await agent.events()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    tickets = {it["subject"]: it["number"] for it in await agent.everything("/tickets", limit=1000)}
    for pusher in pushers:
        assert pusher.acknowledged.items() <= tickets.items()
        # The last one was never answered: it is there or not, and asking again makes it one.
        unanswered = f"{pusher.name}-{pusher.asked}"
        again = (await pusher.file(unanswered)).expect(201)["number"]
        assert tickets.get(unanswered, again) == again
        for key, number in list(pusher.acknowledged.items())[-3:]:
            assert (await pusher.file(key)).expect(201)["number"] == number
    after = await agent.everything("/tickets", limit=1000)
    subjects = [it["subject"] for it in after]
    assert len(subjects) == len(set(subjects))
    assert sorted(it["number"] for it in after) == list(range(1, len(after) + 1))


async def test_told_to_end_the_server_finishes_what_it_has_begun(
    desk_url: str, web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    server = ServerProcess(desk_url, tmp_path / "log")
    server.ready()
    try:
        async with founded(desk_url, server, web) as org:
            pushers = [Pusher(await org.customer(), f"p{n}") for n in range(8)]
            pushing = asyncio.gather(*(pusher.push() for pusher in pushers))
            # A sign-in takes a while, for its password: it is under way when the end comes.
            body = {"email": org.admin.email, "password": PASSWORD}
            await eventually(_have_pushed(pushers, 30))
            signing_in = asyncio.create_task(org.stranger.post("/sessions", body))
            await asyncio.sleep(0)
            server.ask_to_end()
            code, printed = await asyncio.to_thread(server.wait)
            assert (code, printed) == (0, "")
            await pushing
            assert (await asyncio.gather(signing_in, return_exceptions=True))[0]
        with serving(desk_url, tmp_path / "log2") as second:
            events = await org.admin.at(second.http).events()
            numbers = {it["ticket"]["number"] for it in events if "ticket" in it}
            for pusher in pushers:
                assert set(pusher.acknowledged.values()) <= numbers
            assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    finally:
        server.end()


async def test_what_is_committed_is_still_told_when_the_server_ends(
    web: aiohttp.ClientSession, listeners: StreamListeners, tmp_path: Path
) -> None:
    url = make_sqlite_url(tmp_path)
    with serving(url, tmp_path / "log") as server:
        async with founded(url, server, web) as org:
            listener, _ = await listeners.of(org.admin)
            customer = await org.customer()
            last = [await customer.file() for _ in range(20)][-1]["last_seq"]
            server.ask_to_end()
            await listener.until_seq(last)
            assert (await asyncio.to_thread(server.wait))[0] == 0


def test_the_ready_line_is_all_that_is_printed_and_its_addresses_answer(tmp_path: Path) -> None:
    server = ServerProcess(f"sqlite:///{tmp_path}/desk.db", tmp_path / "log")
    try:
        told = server.ready()
        assert set(told) == {"event", "http", "stream", "version"}
        assert told["event"] == "ready"
        assert told["http"].startswith("http://127.0.0.1:")
        assert told["stream"].startswith("tcp://127.0.0.1:")
        assert server.terminate() == (0, "")
    finally:
        server.end()


def one_line(text: str) -> str:
    assert len(text.strip().splitlines()) == 1, text
    return text.strip()


def test_a_newer_schema_is_refused_with_one_line(desk_url: str) -> None:
    _newer(desk_url)
    addresses = ("--http", "127.0.0.1:0", "--stream", "tcp://127.0.0.1:0")
    for run, *command in (
        (fork_deskwire_server, "serve", *addresses),
        (deskwire_server, "org", "create", "--name", "A", "--admin-email", "a@example.test"),
    ):
        done = run(*command, "--database", desk_url, env={"DESKWIRE_ADMIN_PASSWORD": PASSWORD})
        assert (done.returncode, done.stdout) == (2, "")
        assert "newer" in one_line(done.stderr)


def _newer(url: str) -> None:
    """As a later version would leave it: with a migration that this one does not know."""
    from server.storage.migrations import migrate_database, open_peewee

    migrate_database(url)
    database: Any = open_peewee(url)
    row = "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')"
    try:
        database.execute_sql(row)
    finally:
        database.close()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://x/y",
        "sqlite:///",
        "nonsense",
        "postgresql://127.0.0.1:1/x",
        "sqlite:////proc/nowhere/x.db",
    ],
)
def test_a_database_that_is_none_is_refused_with_one_line(url: str) -> None:
    done = fork_deskwire_server("serve", "--database", url, "--http", "127.0.0.1:0")
    assert (done.returncode, done.stdout) == (2, "")
    one_line(done.stderr)


def test_an_address_that_is_taken_is_refused_with_one_line(tmp_path: Path) -> None:
    with serving(make_sqlite_url(tmp_path, "one.db"), tmp_path / "log") as server:
        for taken in (("--http", server.http_address), ("--stream", server.stream)):
            addresses = {"--http": "127.0.0.1:0", "--stream": "tcp://127.0.0.1:0"} | dict([taken])
            flags = [part for pair in addresses.items() for part in pair]
            done = fork_deskwire_server(
                "serve", "--database", f"sqlite:///{tmp_path}/two.db", *flags
            )
            assert (done.returncode, done.stdout) == (2, "")
            one_line(done.stderr)


async def test_two_servers_that_start_at_once_on_a_fresh_database_both_come_up(
    database_url: str, web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    servers = [ServerProcess(database_url, tmp_path / f"log{n}") for n in range(3)]
    try:
        for server in servers:
            await asyncio.to_thread(server.ready)
        async with founded(database_url, servers[0], web) as org:
            for server in servers:
                (await org.admin.at(server.http).get("/me")).expect(200)
    finally:
        for server in servers:
            server.end()


async def test_an_organization_created_while_servers_run_is_there_within_a_second(
    desk_url: str, web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    with serving(desk_url, tmp_path / "log") as server:
        made = await asyncio.to_thread(create, desk_url, "4821")
        assert made == {"org_id": 4821, "admin": {"id": made["admin"]["id"], "email": "a@x.test"}}
        stranger = Caller(web, server.http, 4821)
        body = {"email": "A@X.test", "password": PASSWORD}

        async def opens() -> bool:
            return (await stranger.post("/sessions", body)).status == 201

        await eventually(opens)
        session = (await stranger.post("/sessions", body)).expect(201)
        assert session["user"]["id"] == made["admin"]["id"]
        admin = stranger.having(token=session["token"])
        assert (await admin.get("")).expect(200)["name"] == "Acme"
        drawn = await asyncio.to_thread(create, desk_url)
        assert 1000 <= drawn["org_id"] <= 99_999


def create(url: str, *org_id: str) -> dict[str, Any]:
    flags = ["--org-id", *org_id] if org_id else []
    done = deskwire_server(
        "org", "create", *flags, "--name", "Acme", "--admin-email", "a@x.test", "--json",
        env={"DESKWIRE_DATABASE": url, "DESKWIRE_ADMIN_PASSWORD": PASSWORD},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("org_id", ["4821", "999", "100000", "x", "-1", "", "4821.0", "9" * 30])
def test_an_organization_with_a_taken_or_malformed_id_is_refused_with_one_line(
    tmp_path: Path, org_id: str
) -> None:
    url = make_sqlite_url(tmp_path)
    if org_id == "4821":
        create(url, org_id)
    done = deskwire_server(
        "org", "create", f"--org-id={org_id}", "--name", "B", "--admin-email", "b@x.test",
        "--database", url, env={"DESKWIRE_ADMIN_PASSWORD": PASSWORD},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    one_line(done.stderr)


@pytest.mark.parametrize("bad", [{"name": " "}, {"admin-email": "nobody"}, {"password": "short"}])
def test_an_organization_that_cannot_be_is_refused_with_one_line(
    tmp_path: Path, bad: dict[str, str]
) -> None:
    given = {"name": "B", "admin-email": "b@x.test", "password": PASSWORD} | bad
    done = deskwire_server(
        "org", "create", "--name", given["name"], "--admin-email", given["admin-email"],
        "--database", f"sqlite:///{tmp_path}/desk.db",
        env={"DESKWIRE_ADMIN_PASSWORD": given["password"]},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    one_line(done.stderr)


async def test_a_database_that_goes_away_for_a_while_is_503_and_then_all_is_well(
    postgres: Cluster, web: aiohttp.ClientSession, listeners: StreamListeners, tmp_path: Path
) -> None:
    """Its connections cut, and new ones refused: as when PostgreSQL restarts."""
    url = postgres.migrated()
    with serving(url, tmp_path / "log") as server:
        async with founded(url, server, web) as org:
            customer, agent = await org.customer(), await org.agent()
            listener, _ = await listeners.of(agent)
            with postgres.away(url):
                replies = await asyncio.gather(*(agent.get("/tickets") for _ in range(24)))
                replies += await asyncio.gather(
                    *(customer.post("/tickets", TICKET) for _ in range(24))
                )
                for reply in replies:
                    assert reply.status == 503, reply.body
                    assert int(reply.headers["Retry-After"]) >= 1
                assert (await org.stranger.get("//healthz")).status == 200
                assert (await org.stranger.get("//readyz")).status == 503
            for _ in range(30):
                await customer.file()
            last = (await agent.get("/events")).expect(200)["seq"]
            await listener.until_seq(last)
            assert (await org.stranger.get("//readyz")).status == 200
            created = [it for it in await agent.events() if it["type"] == "ticket.created"]
            assert len(created) == 30


async def test_a_sqlite_file_that_somebody_holds_is_503_at_worst(
    web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    url = make_sqlite_url(tmp_path)
    with serving(url, tmp_path / "log") as server:
        async with founded(url, server, web) as org:
            customer = await org.customer()
            other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            filing = asyncio.create_task(customer.file())
            (await customer.get("/tickets")).expect(200)  # readers never wait
            other.execute("COMMIT")
            other.close()
            assert (await filing)["number"] == 1
