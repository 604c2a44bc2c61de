"""Tickets' lives at a desk in this process, with and without the rows of reports."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import seeding
from common.accounts import CreateUser
from common.organization import OrganizationSettings
from common.people import Actor, Role
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage
from common.tickets.ticket import Status
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.side_effects import effect_order, report_facts
from server.desk.tickets import ticket_commands, ticket_creation
from server.storage.engine import sqlite
from server.storage.engine.transaction import WriteTransaction
from server.storage.migrations import migrate_database
from server.storage.queries.organization import organizations
from server.storage.queries.person.name_resolver import make_system_actor

ORG, ROUNDS, AT_ONCE = 4821, 60, 16
LIFE = (
    (Role.AGENT, AddMessage(body="Which floor?")),
    (Role.CUSTOMER, AddMessage(body="The third.")),
    (Role.AGENT, AddMessage(body="It prints.")),
    (Role.AGENT, EditTicket(status=Status.RESOLVED)),
)


class Lives:
    """A desk on SQLite, each round one commit, as sixteen callers at once make it."""

    def __init__(self, path: Path) -> None:
        migrate_database(f"sqlite:///{path}")
        self._connection = sqlite.connect_sqlite(str(path))
        self._now = datetime(2026, 1, 5, tzinfo=UTC)
        self._actors: dict[Role, Actor] = {}
        self._commit(self._found)

    def costs(self) -> Iterator[tuple[str, float]]:
        """By how many percent the rows make each of two things dearer; medians of neighbours."""
        for what, whole in (("filing a ticket", False), ("a ticket's whole life", True)):
            yield what, self._cost(whole=whole)

    def replay_ms(self, tickets: int) -> float:
        """Returns the time of reading and counting so many lives from the log."""
        self._commit(lambda writing: self._play(writing, tickets, whole=True))
        writing = WriteTransaction(self._connection, "sqlite")
        start = time.perf_counter()
        for number in range(1, tickets + 1):
            list(report_facts.replay_history(writing, ORG, number))
        return (time.perf_counter() - start) * 1000

    def _cost(self, *, whole: bool) -> float:
        every = effect_order.ALL_EVENT_EFFECTS
        others = tuple(
            reaction for reaction in every if reaction is not report_facts.record_event_facts
        )
        ratios = []
        try:
            for _ in range(ROUNDS):
                effect_order.ALL_EVENT_EFFECTS = others  # type: ignore[misc]
                without = self._round(whole=whole)
                effect_order.ALL_EVENT_EFFECTS = every  # type: ignore[misc]
                ratios.append(self._round(whole=whole) / without)
        finally:
            effect_order.ALL_EVENT_EFFECTS = every  # type: ignore[misc]
        return (median(ratios[2:]) - 1) * 100

    def _round(self, *, whole: bool) -> float:
        start = time.perf_counter()
        self._commit(lambda writing: self._play(writing, AT_ONCE, whole=whole))
        return time.perf_counter() - start

    def _play(self, writing: WriteTransaction, tickets: int, *, whole: bool) -> None:
        for index in range(tickets):
            subject = seeding.SUBJECT.format(index=index)
            command = FileTicket(subject=subject, description=seeding.TEXT)
            number = ticket_creation.create_ticket(
                self._work(writing, Role.CUSTOMER), command
            ).number
            for role, step in LIFE if whole else ():
                ticket_commands.execute_command(self._work(writing, role), number, step)

    def _work(self, writing: WriteTransaction, role: Role) -> UnitOfWork:
        self._now += timedelta(seconds=1)
        return UnitOfWork(writing, self._actors[role], self._now)

    def _found(self, writing: WriteTransaction) -> None:
        organizations.add_organization(writing, ORG, OrganizationSettings(name="Bench"), 0)
        work = UnitOfWork(writing, make_system_actor(ORG), self._now)
        for role in (Role.AGENT, Role.CUSTOMER):
            email = f"{role}@bench.example"
            it = accounts.create_user(work, CreateUser(email=email, name="A", role=role), None)
            self._actors[role] = Actor(ORG, role, it.id, it.name, email)

    def _commit(self, job: Any) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        writing = WriteTransaction(self._connection, "sqlite")
        job(writing)
        writing.flush()
        self._connection.execute("COMMIT")
