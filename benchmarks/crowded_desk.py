"""A desk in this process with many available agents; each write is a transaction of its own."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks import seeding
from common.organization import OrganizationSettings
from common.people import Actor, Presence, Role
from common.tickets.filing import FileTicket
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.routing import ticket_routing
from server.desk.tickets import ticket_creation
from server.domain.timestamps import to_microseconds
from server.storage.engine import sqlite
from server.storage.engine.committed_cache import CommittedCache
from server.storage.engine.transaction import WriteTransaction
from server.storage.migrations import migrate_database
from server.storage.queries.organization import organizations
from server.storage.queries.person import people
from server.storage.queries.person.people import Person

ORG = 4821
CAPACITY = 1_000
"""More than is filed: every ticket finds an agent."""


class CrowdedDesk:
    """An organization with so many agents, all of them available."""

    def __init__(self, path: Path, agents: int) -> None:
        migrate_database(f"sqlite:///{path}")
        self._connection = sqlite.connect_sqlite(str(path))
        self._cache = CommittedCache()
        self._now = datetime(2026, 1, 5, tzinfo=UTC)
        self._run(lambda writing: self._found(writing, agents))

    def file_tickets(self, count: int) -> list[float]:
        """Returns the processor time of each, in seconds, without BEGIN and COMMIT."""
        return [self._run(partial(self._file, index=index)) for index in range(count)]

    def _run(self, job: Callable[[WriteTransaction], None]) -> float:
        self._now += timedelta(seconds=1)
        self._connection.execute("BEGIN IMMEDIATE")
        start = time.thread_time()
        writing = WriteTransaction(self._connection, "sqlite", self._cache)
        job(writing)
        writing.flush()
        spent = time.thread_time() - start
        self._connection.execute("COMMIT")
        writing.finish_commit()
        return spent

    def _file(self, writing: WriteTransaction, index: int) -> None:
        subject = seeding.SUBJECT.format(index=index)
        work = UnitOfWork(writing, Actor(ORG, Role.CUSTOMER, 1, "Carla", "c@x.example"), self._now)
        ticket_creation.create_ticket(work, FileTicket(subject, seeding.TEXT))
        ticket_routing.route_pending_tickets(work)

    def _found(self, writing: WriteTransaction, agents: int) -> None:
        organizations.add_organization(writing, ORG, OrganizationSettings(name="Bench"), 0)
        for number in range(1, agents + 2):
            person = Person(
                org_id=ORG,
                id=number,
                email=f"{number}@x.example",
                name=f"Person {number}",
                role=Role.AGENT if number > 1 else Role.CUSTOMER,
                capacity=CAPACITY,
                presence=Presence.AVAILABLE if number > 1 else Presence.OFFLINE,
                created_at=to_microseconds(self._now),
            )
            people.add_person(writing, person, read_up_to=0)
