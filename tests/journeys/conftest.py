"""A real server, an organization of its own for each test, and the workstation under Pilot."""

import asyncio
import contextlib
import itertools
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from textual.pilot import Pilot

from common.accounts import CreateUser
from common.organization import Assignment, AssignmentMode, OrganizationSettings
from common.people import Role
from server import provisioning
from server.clock import utc_now
from server.desk import accounts
from server.desk.unit_of_work import UnitOfWork
from server.storage.connect import open_database
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.name_resolver import make_system_actor
from tests.support.sqlite_file import make_sqlite_url
from tui.screens.desk_screen import DeskScreen
from tui.shell.app import Deskwire

PASSWORD = "correct horse"
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""As Argon2 makes it, but in no time: a hash carries its own costs."""
_ORGS = itertools.count(2001)
_PATIENCE = 500


class Desk:
    """An organization, as those see it who use REST: its admin, its agents, its customers."""

    def __init__(self, base: str, org: int) -> None:
        self.base, self.org = base, org
        self._tokens: dict[str, str] = {}

    async def call(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """One request by the person of that name; answers the body."""
        if who not in self._tokens:
            session = {"email": f"{who}@example.test", "password": PASSWORD}
            opened = await asyncio.to_thread(self._exchange, "POST", "/sessions", session, "")
            self._tokens[who] = opened["token"]
        return await asyncio.to_thread(self._exchange, method, path, body, self._tokens[who])

    async def give_by_hand(self) -> None:
        """Tickets stay where tests put them."""
        await self.call("admin", "PATCH", "", {"assignment": {"mode": "manual"}})

    async def hire(self, name: str, role: str = "agent") -> int:
        body = {"email": email_of(name), "name": name, "role": role, "password": PASSWORD}
        return int((await self.call("admin", "POST", "/users", body))["id"])

    async def file(self, subject: str, **fields: Any) -> int:
        body = {"subject": subject, "description": "It does not work.", **fields}
        body.setdefault("customer_email", "dora@example.com")
        return int((await self.call("admin", "POST", "/tickets", body))["number"])

    async def say(self, who: str, number: int, body: str, **fields: Any) -> Any:
        path = f"/tickets/{number}/messages"
        return await self.call(who, "POST", path, {"body": body, **fields})

    async def ticket(self, number: int) -> Any:
        return await self.call("admin", "GET", f"/tickets/{number}")

    async def messages(self, number: int) -> list[Any]:
        page = await self.call("admin", "GET", f"/tickets/{number}/messages?limit=100")
        return list(page["items"])

    def _exchange(self, method: str, path: str, body: Any, token: str) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{self.base}/v1/orgs/{self.org}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            raw = answer.read()
        return json.loads(raw) if raw else None


class Seat:
    """An agent before the workstation: keys in, text out."""

    def __init__(self, app: Deskwire, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        names = {" ": "space", "\n": "enter", "?": "question_mark"}
        await self.press(*(names.get(letter, letter) for letter in text))

    @property
    def lines(self) -> list[str]:
        """What the screen says, with a question or a choice that stands on it at the end."""
        screens = self.app.screen_stack
        desk = [screen for screen in screens if isinstance(screen, DeskScreen)][-1:]
        shown = desk if screens[-1] in desk else [*desk, screens[-1]]
        strips = [strip for one in shown for strip in one._compositor.render_strips()]
        return [strip.text.rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def line(self, part: str) -> str:
        """The line with this text in it."""
        return next((line for line in self.lines if part in line), "")

    async def until(self, is_so: Callable[[], Any], what: str = "") -> None:
        """Wait for the thing itself, not for a time."""
        for _ in range(_PATIENCE):
            if is_so():
                return
            await self.pilot.pause(0.02)
        pytest.fail(f"It did not come: {what}\n{self.text}")

    async def sees(self, *parts: str) -> None:
        await self.until(lambda: all(part in self.text for part in parts), repr(parts))

    async def sees_no(self, *parts: str) -> None:
        await self.until(lambda: not any(part in self.text for part in parts), f"no {parts!r}")


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_sqlite_url(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="session")
def server(database: str) -> Iterator[str]:
    with serving(database) as base:
        yield base


@contextlib.contextmanager
def serving(database: str, http: str = "127.0.0.1:0", stream: str = "127.0.0.1:0") -> Iterator[str]:
    command = [sys.executable, "-m", "server", "serve", "--database", database, "--http", http]
    command += ["--stream", f"tcp://{stream}", "--rate-limit", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["http"]
    finally:
        process.terminate()
        process.wait(timeout=15)
        process.stdout.close()


def found(database: str, *agents: str, settings: OrganizationSettings | None = None) -> int:
    """Create an organization with its admin and these agents; answers its number.

    As the command line does it, but in this process, with hashes that cost nothing to check.
    """
    org = next(_ORGS)
    asyncio.run(_found(database, org, agents, settings or OrganizationSettings(name="Acme")))
    return org


async def _found(url: str, org: int, agents: Iterable[str], settings: OrganizationSettings) -> None:
    database = open_database(url)

    def join(writing: WriteTransaction) -> None:
        work = UnitOfWork(writing, make_system_actor(org), utc_now())
        for name in agents:
            command = CreateUser(email=email_of(name), name=name, role=Role.AGENT)
            accounts.create_user(work, command, _HASH)

    try:
        await provisioning.provision_organization(
            database, utc_now, settings, org, "admin@example.test", _HASH
        )
        await database.write(join)
    finally:
        database.close()


def email_of(name: str) -> str:
    """The address of whoever is called so."""
    return f"{name.split(maxsplit=1)[0].lower()}@example.test"


@pytest.fixture
async def desk(server: str, database: str) -> Desk:
    """Acme, with the agents Ana and Bo, where tickets stay where tests put them."""
    by_hand = OrganizationSettings(name="Acme", assignment=Assignment(AssignmentMode.MANUAL))
    names = ("Ana Sousa", "Bo Lindqvist")
    return Desk(server, await asyncio.to_thread(found, database, *names, settings=by_hand))


@pytest.fixture
def sit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`async with sit(desk) as seat`: an agent who has signed in and sees the queue."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    @contextlib.asynccontextmanager
    async def sitting(
        desk: Desk, who: str = "ana", size: tuple[int, int] = (80, 24), **options: Any
    ) -> AsyncIterator[Seat]:
        values = {"server": desk.base, "org": str(desk.org), "email": f"{who}@example.test"}
        app = Deskwire({**values, "password": PASSWORD}, **options)
        async with app.run_test(size=size) as pilot:
            seat = Seat(app, pilot)
            await seat.sees("LIVE")
            yield seat

    return sitting


class Kit:
    """For journeys that need a server of their own."""

    desk = Desk
    found = staticmethod(found)
    serving = staticmethod(serving)


@pytest.fixture(scope="session")
def kit() -> type[Kit]:
    return Kit
