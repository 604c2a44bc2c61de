"""Backup and restore on both databases: whole, checked, under a new identity, or not at all."""

import asyncio
import sqlite3
import stat
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from common.organization import OrganizationSettings
from common.people import Actor, Role
from common.queries import TicketQuery
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage
from server.clock import utc_now
from server.desk.desk import Desk
from server.desk.tickets import ticket_commands, ticket_creation
from server.provisioning import provision_organization
from server.rest.tickets.list_requests import TicketListRequest
from server.storage.backups import postgres_backup, sqlite_backup
from server.storage.backups.backup_contents import BackupContents, BackupError
from server.storage.connect import BadDatabase, open_database, open_existing_database
from server.storage.engine.database import Database
from server.storage.engine.database_url import is_postgres, parse_sqlite_path
from server.storage.queries.log import event_log
from server.storage.queries.organization.log_epochs import LogHead, read_heads
from server.storage.queries.ticket import tickets
from tests.support.process import deskwire_server, serving
from tests.support.waiting import PATIENCE

ORGS = (4821, 4822)
TICKET = FileTicket("It broke\ttwice", "Please \\. help\nme", customer_email="carla@example.test")


def actor(org_id: int) -> Actor:
    return Actor(org_id, Role.ADMIN, 1, "a")


class Place:
    """A database by its URL: what is in it, and how it is backed up and restored."""

    def __init__(self, url: str, file: Path) -> None:
        self.url, self.file = url, file

    async def read(self, job: Any) -> Any:
        database = open_database(self.url)
        try:
            return await database.read_snapshot(job)
        finally:
            database.close()

    async def heads(self) -> dict[int, LogHead]:
        return {head.org_id: head for head in await self.read(read_heads)}

    async def entries(self) -> list[Any]:
        return [
            await self.read(lambda it, org=org: event_log.list_events(it, org, 0, 1000))
            for org in ORGS
        ]

    def back_up(self) -> BackupContents:
        if is_postgres(self.url):
            return postgres_backup.back_up_postgres(self.url, self.file)
        return sqlite_backup.back_up_sqlite(parse_sqlite_path(self.url), self.file)

    def restore(self, *, replace: bool = False) -> BackupContents:
        if is_postgres(self.url):
            return postgres_backup.restore_postgres(self.file, self.url, replace=replace)
        return sqlite_backup.restore_sqlite(self.file, parse_sqlite_path(self.url), replace=replace)


async def file_tickets(database: Database, count: int) -> None:
    desk = Desk(database, utc_now, lambda _: None)
    for org_id in ORGS:
        for _ in range(count):
            made = await desk.write(
                actor(org_id), lambda work: ticket_creation.create_ticket(work, TICKET)
            )
        say = partial(
            ticket_commands.execute_command, number=made.number, command=AddMessage("Überall: 坏了")
        )
        await desk.write(actor(org_id), say)


@pytest.fixture(autouse=True)
def patient_restore(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy PostgreSQL ends connections late."""
    monkeypatch.setattr(postgres_backup, "CLOSING_SECONDS", PATIENCE)


@pytest.fixture
async def place(desk_url: str, tmp_path: Path) -> Place:
    """Two organizations with two tickets each."""
    database = open_database(desk_url)
    for org_id in ORGS:
        await provision_organization(
            database, utc_now, OrganizationSettings(name="A"), org_id, "a@example.test", "hash"
        )
    await file_tickets(database, 2)
    database.close()
    return Place(desk_url, tmp_path / "desk.backup")


async def more(place: Place, count: int = 1) -> None:
    database = open_database(place.url)
    await file_tickets(database, count)
    database.close()


async def test_what_was_backed_up_comes_back_under_a_new_epoch(place: Place) -> None:
    entries, before = await place.entries(), await place.heads()
    kept = place.back_up()
    assert (kept.organizations, kept.tickets, kept.events) == (2, 4, sum(map(len, entries)))
    assert stat.S_IMODE(place.file.stat().st_mode) == 0o600
    assert [it.name for it in place.file.parent.iterdir() if "part" in it.name] == []
    await more(place)
    assert place.restore(replace=True) == kept
    assert await place.entries() == entries
    after = await place.heads()
    for org_id, head in before.items():
        assert after[org_id].seq == head.seq
        assert after[org_id].epoch != head.epoch
        assert after[org_id].epochs.find_epoch(head.seq) == head.epoch


async def test_the_desk_works_on_after_a_restore_and_finds_what_it_knew(place: Place) -> None:
    place.back_up()
    place.restore(replace=True)
    await more(place)
    dialect = "postgresql" if is_postgres(place.url) else "sqlite"
    query = TicketQuery(q="überall", sort="created_at", limit=9)
    wish = TicketListRequest(dialect, actor(ORGS[0]), query, utc_now())
    items = (await place.read(wish.read_page)).items
    assert [msgspec.json.decode(it)["number"] for it in items] == [2, 3]
    number = await place.read(lambda it: tickets.find_ticket(it, ORGS[0], 3))
    assert number is not None


async def test_organizations_are_given_up_only_on_demand(place: Place) -> None:
    place.back_up()
    await more(place)
    entries = await place.entries()
    with pytest.raises(BackupError, match="--replace"):
        place.restore()
    assert await place.entries() == entries


async def test_a_damaged_backup_changes_nothing(place: Place) -> None:
    place.back_up()
    entries, whole = await place.entries(), place.file.read_bytes()
    half = len(whole) // 2
    copies = [whole[:half], whole[:-9], whole[:50], b""]
    if is_postgres(place.url):  # SQLite's own check does not see each changed byte
        copies.append(whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :])
    for damaged in copies:
        place.file.write_bytes(damaged)
        with pytest.raises(BackupError):
            place.restore(replace=True)
        assert await place.entries() == entries


async def test_a_backup_with_a_gap_in_a_log_is_refused(place: Place) -> None:
    database = open_database(place.url)
    await database.write(
        lambda it: it._connection.execute("DELETE FROM events WHERE org_id = 4821 AND seq = 3")
    )
    database.close()
    with pytest.raises(BackupError, match="4821 is incomplete"):
        place.back_up()
    assert list(place.file.parent.glob("desk.backup*")) == []


async def test_a_restore_that_ends_in_the_middle_leaves_the_old_database(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.back_up()
    await more(place)
    entries, heads = await place.entries(), await place.heads()

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    module = postgres_backup if is_postgres(place.url) else sqlite_backup
    monkeypatch.setattr(module, "renew_epochs", interrupted)
    with pytest.raises(KeyboardInterrupt):
        place.restore(replace=True)
    assert await place.entries() == entries
    assert await place.heads() == heads
    assert list(place.file.parent.glob("*.part*")) == []


async def test_a_desk_that_is_open_is_backed_up_and_not_replaced(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(place.url, tmp_path / "server.log"):
        assert place.back_up().tickets == 4
        monkeypatch.setattr(postgres_backup, "CLOSING_SECONDS", 0.0)
        with pytest.raises(BackupError, match="in use"):
            place.restore(replace=True)
    monkeypatch.setattr(postgres_backup, "CLOSING_SECONDS", PATIENCE)
    assert place.restore(replace=True).tickets == 4


@pytest.mark.parametrize(
    ("name", "refused"), [("", True), ("deskwire", True), ("psql", False), ("pg_dump", False)]
)
async def test_a_server_of_a_version_that_named_no_connection_keeps_from_a_restore(
    place: Place, name: str, monkeypatch: pytest.MonkeyPatch, *, refused: bool
) -> None:
    if not is_postgres(place.url):
        return
    place.back_up()
    with psycopg.connect(place.url, application_name=name, autocommit=True):
        if refused:
            # This one never ends; those of `place` may be about to.
            monkeypatch.setattr(postgres_backup, "CLOSING_SECONDS", 0.0)
            with pytest.raises(BackupError, match=r"in use \(connections: \d+, from"):
                place.restore(replace=True)
        else:
            assert place.restore(replace=True).tickets == 4


async def test_a_restore_waits_for_connections_that_are_ending(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_postgres(place.url):
        return
    place.back_up()
    server = psycopg.connect(place.url, application_name="deskwire", autocommit=True)

    def stop_server() -> float:
        server.close()
        return 0.0

    monkeypatch.setattr(postgres_backup, "monotonic_seconds", stop_server)
    assert place.restore(replace=True).tickets == 4


async def test_a_database_is_never_its_own_backup_and_a_link_to_it_stays_one(
    place: Place, tmp_path: Path
) -> None:
    if is_postgres(place.url):
        return
    path = Path(parse_sqlite_path(place.url))
    with pytest.raises(BackupError, match="itself"):
        sqlite_backup.back_up_sqlite(str(path), path)
    place.back_up()
    link = tmp_path / "link.db"
    link.symlink_to(path)
    sqlite_backup.restore_sqlite(place.file, str(link), replace=True)
    assert link.is_symlink()
    assert len(await place.heads()) == len(ORGS)


@pytest.fixture
def empty(place: Place, request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A database in which nothing is yet, and the same backup."""
    if is_postgres(place.url):
        url = request.getfixturevalue("postgres").fresh()
    else:
        url = f"sqlite:///{tmp_path}/elsewhere/new.db"
    return Place(url, place.file)


async def test_a_backup_makes_a_desk_where_there_was_none(place: Place, empty: Place) -> None:
    place.back_up()
    entries = await place.entries()
    assert empty.restore().tickets == 4
    assert await empty.entries() == entries


async def test_the_commands_say_what_they_did_in_a_line(place: Place, empty: Place) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        done = deskwire_server(*words)
        return done.returncode, done.stdout, done.stderr

    file, at, other = str(place.file), f"--database={place.url}", f"--database={empty.url}"
    code, said, _ = await asyncio.to_thread(run, "backup", file, at)
    assert (code, said) == (
        0,
        f"Backed up 2 organizations, 4 tickets and 12 events to {file} and checked the file.\n",
    )
    code, _, said = await asyncio.to_thread(run, "backup", file, at)
    assert (code, said.count("\n")) == (2, 1)
    code, said, _ = await asyncio.to_thread(run, "restore", file, other)
    assert code == 0
    assert said.startswith("Restored 2 organizations, 4 tickets and 12 events from")
    code, _, said = await asyncio.to_thread(run, "restore", file, other)
    assert (code, said.count("\n")) == (2, 1)
    before = await empty.heads()
    assert (await asyncio.to_thread(run, "renew-epochs", other))[:2] == (
        0,
        "2 logs renewed. Clients load everything again.\n",
    )
    assert {it.epoch for it in before.values()}.isdisjoint(
        it.epoch for it in (await empty.heads()).values()
    )


def test_a_mistyped_path_is_no_empty_desk(tmp_path: Path, database_url: str) -> None:
    with pytest.raises(BadDatabase, match="no desk in this database"):
        open_existing_database(database_url)
    done = deskwire_server("renew-epochs", f"--database={database_url}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "deskwire-server: There is no desk in this database: see --database.\n"
    assert list(tmp_path.iterdir()) == []


def test_another_programs_file_is_left_as_it_is(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE theirs (id)")
    url = f"sqlite:///{tmp_path}/other.db"
    with pytest.raises(BadDatabase, match="another program's; nothing was changed"):
        open_database(url)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
