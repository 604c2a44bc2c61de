"""A desk in this process, without a server, whose clock a test sets."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from common.accounts import CreateUser
from common.organization import OrganizationSettings
from common.people import Actor, Role
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Ticket
from server.clock import utc_now
from server.desk.desk import Desk
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_commands, ticket_creation
from server.provisioning import provision_organization
from server.storage.connect import open_database
from server.storage.engine.database import Database
from server.storage.queries.person.name_resolver import make_system_actor

T = TypeVar("T")
ORG = 4821
ADMIN = Actor(ORG, Role.ADMIN, 1, "a")
SYSTEM = make_system_actor(ORG)
TICKET = FileTicket("It broke", "Please help", customer_email="carla@example.test")


class LocalDesk:
    """One organization on a database, written as the product writes; `now` is the present."""

    mail = False
    """True where mails are owed."""

    def __init__(self, url: str, database: Database) -> None:
        self.url = url
        self.database = database
        self.now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
        self.desk = self.make_desk(database)

    def make_desk(self, database: Database) -> Desk:
        """Returns a desk as each server has one."""
        return Desk(database, self.clock, lambda _: None, mail=self.mail)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *made_of: Any, **settings: Any) -> AsyncIterator[Self]:
        """Opens a database with one organization in it, until the block ends."""
        database = open_database(url)
        kept = OrganizationSettings(**{"name": "Acme"} | settings)
        try:
            await provision_organization(database, utc_now, kept, ORG, "admin@example.test", "hash")
            local = cls(url, database, *made_of)
            try:
                yield local
            finally:
                await local.close()
        finally:
            database.close()

    async def close(self) -> None:
        """Ends what has been started on the desk."""

    def clock(self) -> datetime:
        return self.now

    async def do(self, actor: Actor, job: Callable[[UnitOfWork], T]) -> T:
        """One write."""
        return await self.desk.write(actor, job)

    async def act(self, actor: Actor, number: int, command: Any) -> Ticket:
        """Returns the ticket after a command."""
        done = await self.do(
            actor, lambda work: ticket_commands.execute_command(work, number, command)
        )
        return done.ticket

    async def create(self, actor: Actor, command: FileTicket) -> Ticket:
        return await self.do(actor, lambda work: ticket_creation.create_ticket(work, command))

    async def join(self, name: str, role: Role) -> Actor:
        """Returns a new person, who has no password."""
        email = f"{name.lower()}@example.test"
        command = CreateUser(email=email, name=name, role=role)
        made = await self.do(SYSTEM, lambda work: accounts.create_user(work, command, None))
        return Actor(ORG, role, made.id, name, email)


class AdminDesk(LocalDesk):
    """The same where all is done by the admin."""

    async def file(self) -> int:
        """Returns the number of Carla's new ticket."""
        return (await self.create(ADMIN, TICKET)).number

    async def say(self, number: int, words: str, kind: MessageKind = MessageKind.REPLY) -> None:
        await self.act(ADMIN, number, AddMessage(words, kind))
