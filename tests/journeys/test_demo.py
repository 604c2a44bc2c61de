"""The demo: a desk that lives as soon as it is seen, and leaves nothing behind."""

import asyncio
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.support.process import HOUSE, deskwire_server
from tests.support.rest import Caller
from tests.support.waiting import eventually

COMMAND = [sys.executable, "-m", "server", "demo"]
PATIENCE = 30.0


class Demo:
    """`deskwire-server demo --headless`, as its caller reads it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self._child = subprocess.Popen(
            [*COMMAND, "--headless", *arguments],
            cwd=HOUSE,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )

    def read(self) -> None:
        """The programme, to its end: where, which organization, who."""
        assert self._child.stdout is not None
        self.http = self._child.stdout.readline().strip()
        self.org_id = int(self._child.stdout.readline().removeprefix("organization "))
        self.people = [self._child.stdout.readline().split()]
        while self.people[-1][1] != "wren@mail.example":
            self.people.append(self._child.stdout.readline().split())

    async def sign_in(self, web: aiohttp.ClientSession, role: str) -> Caller:
        email, password = next((it[1], it[2]) for it in self.people if it[0] == role)
        caller = Caller(web, self.http, self.org_id)
        session = await caller.post("/sessions", {"email": email, "password": password})
        return caller.having(token=session.expect(201)["token"])

    def signal(self, number: int) -> int:
        """The exit code after a signal."""
        self._child.send_signal(number)
        return self._child.wait(PATIENCE)

    def end(self) -> None:
        if self._child.poll() is None:
            self.signal(signal.SIGTERM)
        if self._child.stdout is not None:
            self._child.stdout.close()

    async def is_gone(self) -> bool:
        """Whether neither its server nor its folder is there."""
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


async def test_the_desk_is_full_and_alive_when_it_is_announced(
    demo: Demo, web: aiohttp.ClientSession
) -> None:
    agent = await demo.sign_in(web, "agent")
    queues = (await agent.get("/queues")).expect(200)
    unresolved = await agent.everything("/tickets", status="open")

    assert all(queues[name] > 2 for name in ("mine", "open", "in_progress", "resolved", "closed"))
    assert len({ticket["subject"] for ticket in unresolved}) > 15
    assert len({ticket["customer"]["name"] for ticket in unresolved}) > 5
    assert {ticket["priority"] for ticket in unresolved} >= {"normal", "high"}

    async def goes_on() -> bool:
        return bool((await agent.get("/queues")).expect(200)["seq"] > queues["seq"] + 2)

    await eventually(goes_on, within=PATIENCE)


async def test_everybody_in_the_programme_can_sign_in(
    demo: Demo, web: aiohttp.ClientSession
) -> None:
    for role in ("admin", "supervisor", "agent", "customer"):
        caller = await demo.sign_in(web, role)
        assert (await caller.get("/me")).expect(200)["role"] == role


async def test_a_customer_answers_what_the_visitor_writes(
    demo: Demo, web: aiohttp.ClientSession
) -> None:
    agent = await demo.sign_in(web, "agent")
    mine = await agent.everything("/tickets", assignee="me", status="in_progress")
    number = mine[0]["number"]
    written = await agent.write(number, "Have you tried tea?", waiting_on="customer")

    async def is_answered() -> bool:
        messages = await agent.everything(f"/tickets/{number}/messages")
        later = [message for message in messages if message["seq"] > written["seq"]]
        return any(message["author"]["role"] == "customer" for message in later)

    await eventually(is_answered, within=PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupt_ends_everything(demo: Demo, number: int) -> None:
    assert await asyncio.to_thread(demo.signal, number) == 0
    assert await demo.is_gone()


async def test_nothing_outlives_a_demo_that_was_killed(demo: Demo) -> None:
    await asyncio.to_thread(demo.signal, signal.SIGKILL)
    await eventually(demo.is_gone)


async def test_a_database_that_stays_is_left_as_it_was(folder: Path, database_url: str) -> None:
    deskwire_server(
        *("org", "create", "--org-id", "4821", "--name", "Here before"),
        *("--admin-email", "a@b.example", "--database", database_url),
        env={"DESKWIRE_ADMIN_PASSWORD": "a password for tests"},
    )
    demo = Demo(folder, "--database", database_url)
    demo.read()
    assert await asyncio.to_thread(demo.signal, signal.SIGINT) == 0
    demo.end()
    export = ("export", "--org-id", str(demo.org_id), "-", "--database", database_url)

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
        done = deskwire_server("demo", "--headless", "--http", address, env={"TMPDIR": str(folder)})

    assert done.returncode == 2
    assert done.stderr.startswith(f"deskwire-server: Cannot listen on {address}")
    assert done.stderr.count("\n") == 1
    assert not list(folder.iterdir())


def test_on_a_terminal_it_opens_the_workstation_and_ends_with_it(folder: Path) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 120))
    child = subprocess.Popen(
        COMMAND,
        cwd=HOUSE,
        env=environment(folder),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        seen = shown(ours, until=b"Unassigned")
        os.write(ours, b"q")
        seen += shown(ours)
        assert child.wait(PATIENCE) == 0, seen[-2000:]
    finally:
        child.kill()
        child.wait()
        os.close(ours)

    assert not list(folder.iterdir())


def shown(terminal: int, until: bytes | None = None) -> bytes:
    """What the terminal is told, up to these words, or until nobody talks any more."""
    seen = b""
    while until is None or until not in seen:
        assert select.select([terminal], [], [], PATIENCE)[0], seen[-2000:]
        try:
            seen += os.read(terminal, 65_536)
        except OSError:
            return seen  # the other end is closed
    return seen
