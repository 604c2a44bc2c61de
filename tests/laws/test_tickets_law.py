"""Law 2: for any commands, the rows, the fold of the events and the last envelope's ticket agree.

Through the desk's own turns, on a database of SQLite: no socket between.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from msgspec import UNSET
from msgspec.structs import replace

from common.accounts import CreateUser
from common.errors import RequestRefused
from common.organization import (
    AssignmentMode,
    Category,
    OrganizationSettings,
)
from common.people import AGENTS, Actor, Presence, Role
from common.preferences import NotificationKind, Relation
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.registry import convert_changes
from common.tickets.replying import MessageKind
from common.tickets.ticket import Status, Ticket, WaitingOn
from common.wire import CustomerRef, PersonRef, TicketView
from server.desk.mail import delivery_failures
from server.desk.mail.delivery_failures import FailedMail
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.routing import presence_changes, ticket_routing
from server.desk.tickets import due_actions, ticket_commands, ticket_creation
from server.domain import queue_entry
from server.domain.agent_selection import Candidate, NoAgent, choose_agent
from server.domain.customer_visibility import is_public_event
from server.domain.notification_preferences import CUSTOMER_DEFAULTS
from server.domain.roster import Roster
from server.domain.timestamps import to_microseconds
from server.provisioning import provision_organization
from server.rendering import views
from server.storage.connect import open_database
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.log import event_log, org_sequence
from server.storage.queries.organization import organizations
from server.storage.queries.outgoing import notifications
from server.storage.queries.outgoing.notifications import NotificationScope
from server.storage.queries.person import people
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.ticket import messages, tickets
from server.storage.queries.ticket.messages import MessageSlice
from tests.support.known_roster import check_known_roster
from tests.support.ticket_commands import BEGIN, deeds

AGENTS_ALONE = {ClaimTicket, ReleaseTicket, AssignTicket}
"""Commands for agents alone."""


class Office:
    """One organization after another on one database, each with the same people."""

    def __init__(self, database: Database, loop: asyncio.AbstractEventLoop) -> None:
        self.database = database
        self.loop = loop
        self.org_id = 999

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def begin(self) -> None:
        self.org_id += 1
        self.minutes = 0
        german = Category("german", "German", ("german",))
        kept = OrganizationSettings(
            name="Law",
            reopen_closed_days=self.org_id % 2,
            categories=(Category("general", "General"), german),
        )
        self.run(
            provision_organization(
                self.database, self.now, kept, self.org_id, "admin@x.test", "hash"
            )
        )
        people = [("ana", Role.AGENT), ("bob", Role.AGENT), ("sue", Role.SUPERVISOR)]
        people += [("carla", Role.CUSTOMER), ("carl", Role.CUSTOMER)]
        self.actors = {"key": Actor(self.org_id, Role.KEY, 1, "key")}
        for name, role in people:
            skills = ("german",) if name == "bob" else ()
            command = CreateUser(
                email=f"{name}@x.test", name=name, role=role, skills=skills, capacity=1
            )
            made = self.do(
                make_system_actor(self.org_id),
                lambda turn, it=command: accounts.create_user(turn, it, None),
            )
            self.actors[name] = Actor(self.org_id, role, made.id, name)
        for name in ("ana", "bob") if self.org_id % 3 else ():
            self.deed(name, -1, Presence.AVAILABLE)
            self.deed("carla", 0, FileTicket("A", "B"))

    def now(self) -> datetime:
        self.minutes += 1
        return BEGIN + timedelta(minutes=self.minutes)

    def do(self, actor: Actor, job: Any) -> Any:
        def turn(writing: WriteTransaction) -> Any:
            its = UnitOfWork(writing, actor, self.now())
            done = job(its)
            ticket_routing.route_pending_tickets(its)
            return done

        return self.run(self.database.write(turn))

    def pass_time(self, minutes: int, *, kept: bool) -> None:
        """Time passes, and the timekeeper comes by, or does not."""
        self.minutes += minutes
        if kept:
            self.keep()

    def keep(self) -> None:
        due = self.run(
            self.database.read_snapshot(
                lambda it: tickets.list_due_tickets(it, to_microseconds(self.now()), 1000)
            )
        )
        for org_id, number in due:
            if org_id == self.org_id:
                self.do(
                    make_system_actor(org_id),
                    lambda turn, it=number: due_actions.run_due_actions(turn, it),
                )

    def agree(self, values: dict[str, Any]) -> None:
        def job(turn: UnitOfWork) -> None:
            before = turn.settings
            turn.sequence.save_settings(replace(before, **values))
            due_actions.reschedule_due_actions(turn, before, turn.settings)

        self.do(make_system_actor(self.org_id), job)

    def deed(self, who: str, number: int, command: Any) -> None:
        if who == "time":
            self.pass_time(number, kept=command)
        elif who == "terms":
            self.agree(command)
        elif who == "relay":
            self.bounce(number, command.which)
        else:
            self.act(self.actors[who], number, command)

    def bounce(self, number: int, which: int) -> None:
        """Carla's mail with one of the replies comes back."""

        def job(turn: UnitOfWork) -> None:
            ticket = tickets.find_ticket(turn.writing, self.org_id, number)
            replies = MessageSlice(newest_first=False, notes=False)
            said = messages.list_messages(turn.writing, self.org_id, number, replies, 0, 100)
            if ticket is not None and said:
                seq = said[which % len(said)].seq
                failed = FailedMail(
                    person_id=ticket.customer_id, number=number, seq=seq, error="550 no"
                )
                delivery_failures.record_undelivered(turn, failed)

        self.do(make_system_actor(self.org_id), job)

    def act(self, actor: Actor, number: int, command: Any) -> None:
        if type(command) in AGENTS_ALONE and actor.role not in AGENTS:
            return  # its route is closed to this role
        if number == 0:
            email = UNSET if actor.is_customer else "carla@x.test"
            filed = FileTicket(command.subject, command.description, customer_email=email)
            self.do(actor, lambda turn: ticket_creation.create_ticket(turn, filed))
        elif number == -1:
            self.do(
                actor, lambda turn: presence_changes.change_presence(turn, actor.id or 0, command)
            )
        else:
            self.do(actor, lambda turn: ticket_commands.execute_command(turn, number, command))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("law")
    database = open_database(f"sqlite:///{folder}/law.db")
    loop = asyncio.new_event_loop()
    yield Office(database, loop)
    loop.close()
    database.close()


def whole(
    reading: ReadTransaction, org_id: int
) -> tuple[dict[int, Ticket], list[event_log.LogEntry], int]:
    """The rows, the log and the newest seq, in one snapshot."""
    entries = event_log.list_events(reading, org_id, 0, 10_000)
    numbers = {it.detail.ticket.number for it in entries if it.detail.ticket is not None}
    rows = {number: tickets.find_ticket(reading, org_id, number) for number in numbers}
    found_rows = {number: row for number, row in rows.items() if row is not None}
    assert len(found_rows) == len(numbers)
    return found_rows, entries, org_sequence.read_newest_seq(reading, org_id)


def folded(entries: list[event_log.LogEntry]) -> dict[int, Ticket]:
    """Each ticket as it was opened, evolved through the changes of every later event."""
    held: dict[int, Ticket] = {}
    for entry in entries:
        told = entry.detail.ticket
        if told is None:
            continue
        if entry.type == "ticket.created":
            held[told.number] = told
        else:
            changes = convert_changes(
                {field: list(pair) for field, pair in entry.detail.changes.items()}
            )
            before = held[told.number]
            assert all(getattr(before, field) == old for field, (old, _) in changes.items())
            held[told.number] = before.evolve(
                changes,
                entry.at,
                entry.seq,
                written_at=told.updated_at,
                is_public=is_public_event(entry.type, kind_of(entry), changes),
            )
        assert held[told.number] == told, entry
    return held


def kind_of(entry: event_log.LogEntry) -> MessageKind | None:
    if entry.detail.undelivered is not None:
        return MessageKind.NOTE
    return MessageKind(entry.message[0]) if entry.message else None


def written_in_order(entries: list[event_log.LogEntry]) -> None:
    """No change is written before what stands earlier in the log, or before it happened."""
    last = BEGIN
    for entry in entries:
        if entry.detail.ticket is not None:
            assert entry.detail.ticket.updated_at >= max(last, entry.at), entry
            last = entry.detail.ticket.updated_at


def seen_by_customers(ticket: Ticket) -> TicketView:
    assignee = PersonRef(ticket.assignee_id, "") if ticket.assignee_id else None
    return views.render_ticket(ticket, CustomerRef(ticket.customer_id, "", ""), assignee)


def nothing_hidden_shows(entries: list[event_log.LogEntry]) -> None:
    """Checks that a customer's view moves with its version alone, and with nothing hidden."""
    held: dict[int, TicketView] = {}
    for entry in entries:
        if entry.detail.ticket is None:
            continue
        view = seen_by_customers(entry.detail.ticket)
        before = held.get(view.number)
        if before is not None and before.version == view.version:
            assert before == view, entry
            assert kind_of(entry) is not MessageKind.REPLY
        elif before is not None:
            assert (view.version, view.last_seq) == (before.version + 1, entry.seq)
        held[view.number] = view


def roster(reading: ReadTransaction, org_id: int, rows: list[Ticket]) -> Roster:
    """Returns the available agents, counted from the rows."""
    staff = people.list_people(reading, org_id, list(AGENTS), None, 0, 10)
    loads = Counter(queue_entry.find_holder(ticket) for ticket in rows)
    return Roster(
        Candidate(one.id, frozenset(one.skills), loads[one.id], one.capacity)
        for one in staff
        if one.presence is Presence.AVAILABLE
    )


def routed(reading: ReadTransaction, org_id: int) -> None:
    """Nothing waits that fits anybody who is free, and what waits says why, and since when."""
    found = (tickets.find_ticket(reading, org_id, number) for number in count(1))
    rows = [ticket for ticket in takewhile(bool, found) if ticket]
    there, kept = roster(reading, org_id, rows), organizations.read_settings(reading, org_id)
    for ticket in rows:
        if not queue_entry.is_waiting(ticket):
            assert ticket.queued_at is None or ticket.snoozed_until
            continue
        want = queue_entry.build_requirements(
            ticket, queue_entry.find_category(kept, ticket.category), BEGIN
        )
        outcome = choose_agent(AssignmentMode.BALANCED, want, there.candidates)
        assert isinstance(outcome, NoAgent), (ticket, outcome)
        assert ticket.routing is not None
        assert ticket.routing.reason == outcome.reason_code
        assert ticket.queued_at is not None


def given_within(entries: list[event_log.LogEntry]) -> None:
    """Routing overloads nobody, and gives nothing to who released it."""
    for entry in entries:
        after = entry.detail.ticket
        if entry.type == "ticket.assigned" and entry.actor_id is None and after and after.routing:
            assert not after.routing.exceeds_capacity
            assert after.assignee_id not in after.routing.not_to


def told(reading: ReadTransaction, actor: Actor, rows: dict[int, Ticket]) -> None:
    """Each deed is told once, never to who did it but as a receipt, to customers only theirs."""
    scope = NotificationScope(org_id=actor.org_id, person_id=actor.id or 0, role=actor.role)
    found = notifications.list_notifications(reading, scope, 1000)
    assert (
        len({notice.id for notice in found})
        == len(found)
        == notifications.count_notifications(reading, scope)
    )
    for notice in found:
        if notice.actor_id == actor.id and notice.actor_role is not Role.KEY:
            assert (notice.kind, actor.role) == (NotificationKind.CREATED, Role.CUSTOMER)
        if actor.is_customer:
            assert rows[notice.number].customer_id == actor.id
            assert (notice.kind, Relation.MINE) in CUSTOMER_DEFAULTS


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deeds=deeds)
@example(
    deeds=[
        ("ana", -1, Presence.OFFLINE),
        ("bob", -1, Presence.OFFLINE),
        ("sue", 1, EditTicket(status=Status.RESOLVED)),
        ("sue", 3, EditTicket(waiting_on=WaitingOn.CUSTOMER)),
        *[("carla", 0, FileTicket("It broke", "Please help"))] * 3,
        ("ana", -1, Presence.AVAILABLE),
    ]
)
def test_rows_fold_and_last_envelope_are_the_same_ticket(
    office: Office, deeds: list[tuple[str, int, Any]]
) -> None:
    office.begin()
    for who, number, command in [("carla", 0, FileTicket("A", "B")), *deeds]:
        before = office.run(
            office.database.read_snapshot(
                lambda it: org_sequence.read_newest_seq(it, office.org_id)
            )
        )
        try:
            office.deed(who, number, command)
        except RequestRefused:
            after = office.run(
                office.database.read_snapshot(
                    lambda it: org_sequence.read_newest_seq(it, office.org_id)
                )
            )
            assert after == before, "a refusal writes nothing"
        office.run(office.database.read_snapshot(lambda it: routed(it, office.org_id)))
        office.run(office.database.write(lambda it: check_known_roster(it, office.org_id)))
    rows, entries, seq = office.run(
        office.database.read_snapshot(lambda reading: whole(reading, office.org_id))
    )
    assert [entry.seq for entry in entries] == list(range(1, seq + 1))
    last = {it.detail.ticket.number: it.detail.ticket for it in entries if it.detail.ticket}
    assert rows == folded(entries) == last
    given_within(entries)
    written_in_order(entries)
    nothing_hidden_shows(entries)
    for actor in office.actors.values():
        if actor.role is not Role.KEY:
            office.run(office.database.read_snapshot(partial(told, actor=actor, rows=rows)))
    now = to_microseconds(
        BEGIN + timedelta(minutes=office.minutes)
    )  # each deed below takes a minute more
    office.keep()
    assert not [
        found
        for found in office.run(
            office.database.read_snapshot(lambda it: tickets.list_due_tickets(it, now, 1000))
        )
        if found[0] == office.org_id
    ], "what was due has been done"
