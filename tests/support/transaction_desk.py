"""A desk in a transaction that is rolled back: a law plays many histories on one database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from common.accounts import CreateUser
from common.organization import OrganizationSettings
from common.people import Actor, Role
from common.tickets.filing import FileTicket
from common.tickets.registry import AnyCommand
from server.desk.mail import delivery_failures
from server.desk.mail.delivery_failures import FailedMail
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_commands, ticket_creation
from server.desk.tickets.ticket_commands import CommandResult
from server.storage.engine import sqlite
from server.storage.engine.transaction import WriteTransaction
from server.storage.migrations import migrate_database
from server.storage.queries.organization import organizations
from server.storage.queries.person.name_resolver import make_system_actor


class TransactionDesk:
    """One organization, written as the product writes; a test moves `now`."""

    mail: ClassVar[bool] = False
    """True where mails are queued."""
    live: ClassVar[bool] = True
    """False where history is recorded, as by an import: nobody is notified."""
    step: ClassVar[timedelta] = timedelta()
    """The time that passes before each unit of work."""

    def __init__(
        self, writing: WriteTransaction, now: datetime, org_id: int = 4821, **settings: Any
    ) -> None:
        self.writing, self.now, self.org_id = writing, now, org_id
        self.system = make_system_actor(org_id)
        kept = OrganizationSettings(**{"name": "A"} | settings)
        organizations.add_organization(writing, org_id, kept, 0)

    def work(self, actor: Actor) -> UnitOfWork:
        self.now += self.step
        return UnitOfWork(self.writing, actor, self.now, mail=self.mail, live=self.live)

    def hire(self, name: str, role: Role) -> Actor:
        """Returns a new person, who has no password."""
        command = CreateUser(email=f"{name}@x.example", name=name, role=role)
        made = accounts.create_user(self.work(self.system), command, None)
        return Actor(self.org_id, role, made.id, name, made.email)

    def create(self, actor: Actor, command: FileTicket) -> int:
        """Returns the number of a new ticket."""
        return ticket_creation.create_ticket(self.work(actor), command).number

    def act(self, actor: Actor, number: int, command: AnyCommand) -> CommandResult:
        return ticket_commands.execute_command(self.work(actor), number, command)

    def bounce(self, person: Actor, number: int | None, seq: int, error: str = "550 no") -> None:
        """Records that a person never got a reply."""
        failed = FailedMail(person_id=person.id or 0, number=number, seq=seq, error=error)
        delivery_failures.record_undelivered(self.work(self.system), failed)


@contextmanager
def connected(folder: Path) -> Iterator[sqlite3.Connection]:
    """Opens a new database with the schema and nothing in it."""
    path = folder / "desk.db"
    migrate_database(f"sqlite:///{path}")
    with closing(sqlite.connect_sqlite(str(path))) as opened:
        yield opened


@contextmanager
def rolled_back(connection: sqlite3.Connection) -> Iterator[WriteTransaction]:
    """Begins a transaction that leaves nothing behind."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield WriteTransaction(connection, "sqlite")
    finally:
        connection.execute("ROLLBACK")
