"""A served desk, and organizations on it: cheap enough for every test to have its own."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import aiohttp

from common.accounts import CreateUser
from common.organization import Assignment, AssignmentMode, OrganizationSettings
from common.people import Role, Scope
from server.clock import utc_now
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import to_microseconds
from server.provisioning import provision_organization
from server.storage.connect import open_database
from server.storage.engine.database import Database
from server.storage.queries.person import sessions
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.person.people import Person
from tests.support.cheap_hashes import make_cheap_hasher
from tests.support.process import ServerProcess
from tests.support.rest import Caller

T = TypeVar("T")
PASSWORD = "a password for tests"
HASH = make_cheap_hasher().hash(PASSWORD)
_YEAR = 366 * 24 * 3600 * 1_000_000
"""That a session of a test lives: none ends by itself, however the clock is set."""


class ServedDesk:
    """A server process, and its database by the side door, to set scenes with."""

    def __init__(self, url: str, server: ServerProcess, database: Database) -> None:
        self.url = url
        self.server = server
        self.database = database
        self.org_ids = itertools.count(20_000)
        self.shifts = itertools.count(0)
        """For tests that need ids of a certain form, and not those of each other."""

    def clock(self) -> datetime:
        """Returns the server's present."""
        return utc_now()

    @property
    def dialect(self) -> str:
        return self.database.dialect

    @property
    def http(self) -> str:
        return self.server.http


class Tenants:
    """Organizations on a desk, for the length of one test."""

    def __init__(self, desk: ServedDesk, web: aiohttp.ClientSession) -> None:
        self.desk = desk
        self.web = web

    async def found(self, org_id: int | None = None, **settings: Any) -> "Org":
        """An organization with its admin, who has signed in; tickets stay where tests put them."""
        org_id = org_id or next(self.desk.org_ids)
        by_hand = {"assignment": Assignment(AssignmentMode.MANUAL)}
        kept = OrganizationSettings(**{"name": f"Org {org_id}"} | by_hand | settings)
        email = f"admin@{org_id}.example"
        made = await provision_organization(
            self.desk.database, self.desk.clock, kept, org_id, email, HASH
        )
        org = Org(self, org_id)
        org.admin = await org.sign_in(made.admin)
        return org


@asynccontextmanager
async def founded(
    url: str, server: ServerProcess, web: aiohttp.ClientSession
) -> AsyncIterator["Org"]:
    """An organization on a server that the test has started, made beside it in the database."""
    database = open_database(url)
    try:
        yield await Tenants(ServedDesk(url, server, database), web).found()
    finally:
        database.close()


class Org:
    """An organization, and how somebody comes to be in it."""

    admin: Caller

    def __init__(self, tenants: Tenants, org_id: int) -> None:
        self.id = org_id
        self.desk = tenants.desk
        self.web = tenants.web
        self._numbers = itertools.count(1)

    @property
    def stranger(self) -> Caller:
        """Somebody without a token."""
        return Caller(self.web, self.desk.http, self.id)

    async def join(self, role: Role = Role.AGENT, name: str = "", **fields: Any) -> Caller:
        """A person of a role, with the tests' password, signed in."""
        n = next(self._numbers)
        name = name or f"{role.capitalize()} {n}"
        email = fields.pop("email", f"{role}-{n}@{self.id}.example")
        command = CreateUser(email=email, name=name, role=role, **fields)
        return await self.sign_in(
            await self.write(lambda work: accounts.create_user(work, command, HASH))
        )

    async def agent(self, name: str = "") -> Caller:
        return await self.join(Role.AGENT, name)

    async def supervisor(self, name: str = "") -> Caller:
        return await self.join(Role.SUPERVISOR, name)

    async def customer(self, name: str = "") -> Caller:
        return await self.join(Role.CUSTOMER, name)

    async def key(self, *scopes: Scope) -> Caller:
        """An API key, over REST."""
        body = {"name": "A key", "scopes": scopes or tuple(Scope)}
        made = (await self.admin.post("/api-keys", body)).expect(201)
        return Caller(self.web, self.desk.http, self.id, made["key"], **made, email="")

    async def sign_in(self, person: Person) -> Caller:
        """A session more for somebody, without the cost of a password."""
        token = await self.write(
            lambda work: sessions.start_session(
                work.writing,
                self.id,
                person.id,
                to_microseconds(work.now),
                to_microseconds(work.now) + _YEAR,
            )
        )
        who = {"id": person.id, "name": person.name, "email": person.email, "role": person.role}
        return Caller(self.web, self.desk.http, self.id, token, **who)

    async def again(self, caller: Caller) -> Caller:
        """Another session of a caller, over REST."""
        body = {"email": caller.email, "password": PASSWORD}
        token = (await self.stranger.post("/sessions", body)).expect(201)["token"]
        return caller.having(token=token)

    async def write(self, job: Callable[[UnitOfWork], T]) -> T:
        """A turn by the system, straight in the database, as another process would."""
        return await self.desk.database.write(
            lambda writing: job(UnitOfWork(writing, make_system_actor(self.id), self.desk.clock()))
        )
