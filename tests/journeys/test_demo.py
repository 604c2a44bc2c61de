"""The demo: a desk that lives as soon as it is seen, and leaves nothing behind."""

import asyncio
import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from standardwebhooks.webhooks import Webhook

from demo import opening_hours
from demo.company import COLLEAGUES
from demo.escalation_bot import is_signature_valid
from server.clock import utc_now
from server.domain.webhooks.signing import encode_secret
from tests.support.forked_program import ForkedProgram
from tests.support.process import child_processes, deskwire_server, fork_deskwire_server
from tests.support.rest import Caller
from tests.support.waiting import eventually

PATIENCE = 120.0
"""Seconds; much in a demo happens in its own time, which a busy machine stretches."""
pytestmark = pytest.mark.timeout(300)


class Demo:
    """`deskwire-server demo --headless`, as its caller reads it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by end()
        self._child = ForkedProgram(
            "server",
            ["demo", "--headless", *arguments],
            environment(folder),
            stderr=self._complaints.fileno(),
        )

    def read(self) -> None:
        """The programme, to its end: where, which organization, who."""
        self.http = self._child.read_line().strip()
        self.org_id = int(self._child.read_line().removeprefix("organization "))
        self.people = [self._child.read_line().split()]
        while self.people[-1][1] != "wren@mail.example":
            self.people.append(self._child.read_line().split())
        self.page = self._child.read_line().strip().removeprefix("page ")

    async def sign_in(self, web: aiohttp.ClientSession, role: str) -> Caller:
        email, password = next((it[1], it[2]) for it in self.people if it[0] == role)
        caller = Caller(web, self.http, self.org_id)
        session = await caller.post("/sessions", {"email": email, "password": password})
        return caller.having(token=session.expect(201)["token"])

    def processes(self) -> list[str]:
        """The command lines of what it has started."""
        pid = self._child.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [Path(f"/proc/{child}/cmdline").read_text() for child in children]

    def signal(self, number: int) -> int:
        """The exit code after a signal."""
        self._child.send_signal(number)
        return self._child.wait(PATIENCE)

    def kill_server(self) -> None:
        """Kills the server, as the kernel does where memory runs out."""
        os.kill(child_processes(self._child.pid)[0], signal.SIGKILL)

    def complaint(self) -> tuple[int, str]:
        """Returns what it says of an end that nobody asked for, after its exit code."""
        code = self._child.wait(PATIENCE)
        self._complaints.seek(0)
        return code, self._complaints.read().decode()

    def end(self) -> None:
        self.signal(signal.SIGTERM)
        self._child.close()
        self._complaints.close()

    async def is_gone(self) -> bool:
        """Returns true once neither its server nor its folder is there."""
        host, _, port = self.http.removeprefix("http://").partition(":")
        with socket.socket() as probe:
            refused = probe.connect_ex((host, int(port))) != 0
        return refused and not list(self.folder.iterdir())


def environment(folder: Path) -> dict[str, str]:
    """Ours, without anybody's settings, and with a temporary folder to be looked into."""
    kept = {name: it for name, it in os.environ.items() if not name.startswith("DESKWIRE_")}
    return {**kept, "TMPDIR": str(folder), "TERM": "xterm-256color"}


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def demo(folder: Path) -> Iterator[Demo]:
    started = Demo(folder)
    started.read()
    yield started
    started.end()


@pytest.fixture(scope="module")
def alive() -> Iterator[Demo]:
    """One for all tests that only look at it: what takes its time in it happens meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        started = Demo(Path(name))
        started.read()
        yield started
        started.end()


@pytest.fixture
async def agent(alive: Demo, web: aiohttp.ClientSession) -> Caller:
    """The visitor."""
    return await alive.sign_in(web, "agent")


@pytest.fixture
async def admin(alive: Demo, web: aiohttp.ClientSession) -> Caller:
    return await alive.sign_in(web, "admin")


async def happened(caller: Caller, *types: str, after: int = 0) -> list[Any]:
    """The events of these types."""
    found: list[Any] = []
    while page := (await caller.get("/events", after=after)).expect(200)["items"]:
        found += [event for event in page if event["type"] in types]
        after = page[-1]["seq"]
    return found


async def test_the_desk_is_full_and_alive_when_it_is_announced(agent: Caller) -> None:
    queues = (await agent.get("/queues")).expect(200)
    unresolved = await agent.everything("/tickets", status=["open", "in_progress"])

    assert all(queues[name] > 2 for name in ("mine", "open", "in_progress", "resolved", "closed"))
    assert len({ticket["subject"] for ticket in unresolved}) > 25
    assert len({ticket["customer"]["name"] for ticket in unresolved}) > 5
    assert {ticket["priority"] for ticket in unresolved} == {"low", "normal", "high", "urgent"}

    async def goes_on() -> bool:
        return bool((await agent.get("/queues")).expect(200)["seq"] > queues["seq"] + 2)

    await eventually(goes_on, within=PATIENCE)


async def test_everybody_in_the_programme_can_sign_in(
    alive: Demo, web: aiohttp.ClientSession
) -> None:
    for role in ("admin", "supervisor", "agent", "customer"):
        caller = await alive.sign_in(web, role)
        assert (await caller.get("/me")).expect(200)["role"] == role


@pytest.mark.skipif(not Path("/proc/thread-self/children").exists(), reason="lists no processes")
async def test_the_page_of_a_customer_opens(alive: Demo, web: aiohttp.ClientSession) -> None:
    async with web.get(alive.page) as reply:
        assert (reply.status, reply.content_type) == (200, "text/html")
        assert "Kettle" in await reply.text()


def test_no_setting_shows_in_a_list_of_processes(alive: Demo) -> None:
    """URLs of databases and relays hold passwords."""
    assert [it for it in alive.processes() if "sqlite:" in it or "--" in it] == []
    assert any("demo.child_process" in it for it in alive.processes())


async def test_tickets_have_found_agents_and_what_waits_says_why(agent: Caller) -> None:
    unresolved = await agent.everything("/tickets", status=["open", "in_progress"])
    why = [(ticket["routing"] or {}).get("reason") for ticket in unresolved]
    owners = [(ticket["assignee"] or {}).get("name") for ticket in unresolved]

    routed = {owner for owner, reason in zip(owners, why, strict=True) if reason == "assigned"}
    assert len(routed) > 2
    assert "no_skill_match:wholesale" in why


async def test_clocks_run_since_different_moments(agent: Caller) -> None:
    waiting = await agent.everything("/tickets", status="open")
    dues = {ticket["sla"]["first_response_due"] for ticket in waiting} - {None}

    assert len(dues) > 8


async def test_who_comes_to_the_workstation_is_given_work(agent: Caller) -> None:
    seq = (await agent.get("/queues")).expect(200)["seq"]
    (await agent.put("/me/presence", {"state": "available"})).expect(200)
    me = (await agent.get("/me")).expect(200)["id"]

    async def is_given() -> bool:
        given = await happened(agent, "ticket.assigned", after=seq)
        return any((it["ticket"]["assignee"] or {}).get("id") == me for it in given)

    await eventually(is_given, within=PATIENCE)


async def test_a_promise_is_broken_and_the_bot_that_a_webhook_told_says_so(
    agent: Caller, admin: Caller
) -> None:
    async def is_noted() -> bool:
        notes = await happened(agent, "message.added")
        return any(it["actor"]["name"] == "Escalation bot" for it in notes)

    await eventually(is_noted, within=PATIENCE)
    (broken, *_) = await happened(agent, "sla.breached")
    messages = await agent.everything(f"/tickets/{broken['ticket']['number']}/messages")
    assert any("signature verified" in it["body"] for it in messages if it["kind"] == "note")
    assert await happened(agent, "sla.warning")
    (hook,) = await admin.everything("/webhooks")
    assert await admin.everything(f"/webhooks/{hook['id']}/deliveries", state="sent")


async def test_other_promises_are_kept(agent: Caller) -> None:
    resolved = await agent.everything("/tickets", status=["resolved", "closed"])

    assert any((ticket["sla"] or {}).get("state") == "met" for ticket in resolved)


async def test_a_customer_answers_what_the_visitor_writes(agent: Caller) -> None:
    mine = await agent.everything("/tickets", assignee="me", status="in_progress")
    # One of them is of a customer whom nothing reaches: mail to that address bounced.
    number = next(it["number"] for it in mine if not it.get("undelivered_at"))
    written = await agent.write(number, "Have you tried tea?", waiting_on="customer")

    async def is_answered() -> bool:
        messages = await agent.everything(f"/tickets/{number}/messages")
        later = [message for message in messages if message["seq"] > written["seq"]]
        return any(message["author"]["role"] == "customer" for message in later)

    await eventually(is_answered, within=PATIENCE)


async def test_colleagues_come_and_go(agent: Caller) -> None:
    me = (await agent.get("/me")).expect(200)["id"]

    async def has_somebody_moved() -> bool:
        moves = [it["user"]["id"] for it in await happened(agent, "presence.changed")]
        return len([mover for mover in moves if mover != me]) > len(COLLEAGUES)

    await eventually(has_somebody_moved, within=PATIENCE)


async def test_what_was_snoozed_wakes_up(agent: Caller) -> None:
    async def is_awake() -> bool:
        updates = await happened(agent, "ticket.updated")
        changes = [it["changes"] for it in updates if it["actor"]["role"] == "system"]
        return any(it.get("snoozed_until", [None, ""])[1] is None for it in changes)

    await eventually(is_awake, within=PATIENCE)


async def test_customers_rate_what_was_resolved(agent: Caller) -> None:
    lately = utc_now() - timedelta(hours=1)

    async def is_rated() -> bool:
        ratings = await happened(agent, "ticket.rated")
        return any(datetime.fromisoformat(it["at"]) > lately for it in ratings)

    await eventually(is_rated, within=PATIENCE)


async def test_a_visitor_is_asked_by_name(agent: Caller) -> None:
    async def is_asked() -> bool:
        told = (await agent.get("/notifications")).expect(200)["items"]
        return any(notice["kind"] == "mention" for notice in told)

    await eventually(is_asked, within=PATIENCE)


async def test_customers_write_mail_one_with_a_photo_and_one_reply_comes_back(
    agent: Caller, admin: Caller
) -> None:
    async def is_returned() -> bool:
        found = await happened(agent, "message.undelivered")
        return any("mailbox is full" in it["undelivered"]["error"] for it in found)

    await eventually(is_returned, within=PATIENCE)
    (cracked,) = await agent.everything("/tickets", q="crack tank")
    (photo,) = (await agent.ticket(cracked["number"]))["attachments"]
    assert photo["is_image"]
    waiting = (await admin.get("/held-mails")).expect(200)["items"]
    assert [it["reason"] for it in waiting] == ["bulk"]


async def test_customers_answer_on_the_page_that_a_mail_links_to(agent: Caller) -> None:
    async def is_answered() -> bool:
        said = [it["message"].get("source") for it in await happened(agent, "message.added")]
        return {"kind": "page", "verified": True} in said

    await eventually(is_answered, within=PATIENCE)


async def test_reports_have_a_month_to_tell_of(admin: Caller) -> None:
    now = utc_now()
    month = {"from": now - timedelta(days=32), "to": now + timedelta(days=2)}
    span = {name: str(at.date()) for name, at in month.items()}
    total = (await admin.get("/reports/summary", **span)).expect(200)["total"]

    assert total["tickets_created"] > 100
    assert total["csat"]["n"] > 10
    assert total["sla"]["n"] > 5


def test_it_is_business_hours_whenever_somebody_looks() -> None:
    for hour in range(366 * 24):
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
        there = now.astimezone(ZoneInfo(opening_hours.choose_timezone(now)))
        assert 9 <= there.hour < 19, now


def test_the_bot_believes_nobody_but_the_desk() -> None:
    now, body = utc_now(), b'{"type": "sla.breached"}'
    secret, stranger = (encode_secret(bytes([it] * 32)) for it in (1, 2))

    def letter(secret: str, at: datetime) -> dict[str, str]:
        signature = Webhook(secret).sign("msg_1", at, body.decode())
        stamp = str(int(at.timestamp()))
        return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}

    genuine = letter(secret, now)
    assert is_signature_valid(secret, genuine, body, now)
    assert not is_signature_valid(secret, letter(stranger, now), body, now)
    assert not is_signature_valid(secret, genuine, body + b" ", now)
    assert not is_signature_valid(secret, letter(secret, now - timedelta(hours=1)), body, now)
    assert not is_signature_valid(secret, {}, body, now)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupt_ends_everything(demo: Demo, number: int) -> None:
    assert await asyncio.to_thread(demo.signal, number) == 0
    assert await demo.is_gone()


async def test_nothing_outlives_a_demo_that_was_killed(demo: Demo) -> None:
    await asyncio.to_thread(demo.signal, signal.SIGKILL)
    await eventually(demo.is_gone, within=PATIENCE)


async def test_a_demo_whose_server_has_died_ends_and_says_so(folder: Path) -> None:
    demo = Demo(folder)
    demo.read()
    demo.kill_server()
    said = "deskwire-server: The demo's server has ended (killed by SIGKILL).\n"
    assert await asyncio.to_thread(demo.complaint) == (1, said)
    assert await demo.is_gone()
    demo.end()


async def test_a_database_that_stays_is_left_as_it_was(folder: Path, desk_url: str) -> None:
    deskwire_server(
        *("org", "create", "--org-id", "4821", "--name", "Here before"),
        *("--admin-email", "a@b.example", "--database", desk_url),
        env={"DESKWIRE_ADMIN_PASSWORD": "a password for tests"},
    )
    demo = Demo(folder, "--database", desk_url)
    demo.read()
    assert await asyncio.to_thread(demo.signal, signal.SIGINT) == 0
    demo.end()
    export = ("export", "--org-id", str(demo.org_id), "-", "--database", desk_url)

    assert deskwire_server(*export).returncode == 2
    assert deskwire_server("export", "--org-id", "4821", "-", *export[-2:]).returncode == 0


def test_without_a_terminal_it_says_how_to_do_without() -> None:
    done = deskwire_server("demo")

    assert (done.returncode, done.stdout) == (2, "")
    assert "--headless" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_address_that_is_taken_is_told_in_one_line(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = fork_deskwire_server(
            "demo", "--headless", "--http", address, env={"TMPDIR": str(folder)}
        )

    assert done.returncode == 2
    assert done.stderr.startswith(f"deskwire-server: Cannot listen on {address}")
    assert done.stderr.count("\n") == 1
    assert not list(folder.iterdir())
