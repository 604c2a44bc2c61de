"""The search index of an older server: filled anew while the desk is open, in any steps."""

from collections.abc import AsyncIterator, Callable

import peewee as pw
import pytest
from playhouse.migrations import Runner

from common.tickets.editing import EditTicket
from common.tickets.replying import MessageKind
from server.cli.search_command import index_backlog
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_commands
from server.domain.tokenizer import parse_search_query
from server.storage import migrations
from server.storage.engine.statement import Sql
from server.storage.migrations import migrate_database, open_peewee
from server.storage.queries.search import search_backlog
from server.storage.queries.search.search_index import find_numbers
from tests.support.local_desk import ADMIN, ORG, AdminDesk
from tests.support.uploads import attach_named_file

_EMPTY = {
    "sqlite": "INSERT INTO {0} ({0}) VALUES ('delete-all')",
    "postgresql": "DELETE FROM {0}",
}
_ALL_LEFT = "UPDATE counters SET unindexed_below = 1000, people_unindexed_below = 100000"


def written(text: str) -> Sql:
    return Sql(sqlite=text, postgresql=text, places="")


@pytest.fixture
async def house(desk_url: str) -> AsyncIterator[AdminDesk]:
    async with AdminDesk.open(desk_url) as house:
        yield house


async def age(house: AdminDesk) -> None:
    """Leaves the index as the migration does: empty, with everything left to do."""
    empty = _EMPTY[house.database.dialect]
    for text in (empty.format("ticket_search"), empty.format("people_search"), _ALL_LEFT):
        await house.database.write(lambda writing, text=text: writing.write(written(text)))  # type: ignore[misc]


async def found(house: AdminDesk, q: str, *, notes: bool = True) -> list[int]:
    """Returns what the index knows; a search also reads the texts of a list's first tickets."""
    groups = parse_search_query(q)
    hits = await house.database.read_snapshot(
        lambda reading: [
            find_numbers(reading, ORG, group, notes=notes, at_most=1000) or set()
            for group in groups
        ]
    )
    return sorted(set.intersection(*hits))


async def filled(house: AdminDesk) -> None:
    for number in range(1, 61):
        await house.file()
        await house.say(number, f"word{number}a")
    await house.say(7, "a hidden remark", MessageKind.NOTE)
    await house.do(ADMIN, attach_to_last_message)
    await house.do(ADMIN, lambda work: attach_named_file(work, 8, None, "photo.png"))
    await age(house)


def attach_to_last_message(work: UnitOfWork) -> None:
    attach_named_file(work, 7, work.sequence.seq, "dump.log")


async def test_what_an_older_server_left_is_found_again_in_any_number_of_goes(
    house: AdminDesk,
) -> None:
    await filled(house)
    assert await found(house, "broke") == await found(house, "carla") == []
    total, goes = await house.database.read_snapshot(search_backlog.count_unindexed), 0
    assert total == 62
    while await house.database.write(lambda writing: search_backlog.index_next_batch(writing, ORG)):
        goes += 1
        left = await house.database.read_snapshot(search_backlog.count_unindexed)
        assert len(await found(house, "broke")) == 60 - left
    assert goes == 4
    assert await found(house, "carla") == await found(house, "broke") == list(range(1, 61))
    assert await found(house, "word7a") == await found(house, "hidden") == [7]
    assert await found(house, "hidden", notes=False) == []
    assert await found(house, "dump.log") == [7]
    assert await found(house, "dump.log", notes=False) == []
    assert await found(house, "photo.png", notes=False) == [8]
    assert await house.database.read_snapshot(search_backlog.list_unindexed_organizations) == []
    assert await index_backlog(house.database, lambda _: None) == 0


@pytest.mark.parametrize("number", [1, 60])
async def test_what_happens_before_a_tickets_turn_is_indexed_once(
    house: AdminDesk, number: int
) -> None:
    """Newest first: after the first go of tickets 60 is in the index and 1 is not."""
    await filled(house)
    for _ in range(2):
        await house.database.write(lambda writing: search_backlog.index_next_batch(writing, ORG))
    await house.say(number, "meanwhile")
    await house.desk.write(ADMIN, change(number, "Renewed"))
    assert await found(house, "meanwhile") == ([number] if number == 60 else [])
    new = await house.file()
    assert await found(house, "help") == [*range(36, 61), new]
    await index_backlog(house.database, lambda _: None)
    assert await found(house, "meanwhile") == await found(house, "renewed") == [number]
    assert await found(house, "broke") == [it for it in range(1, 62) if it != number]
    # Another subject takes the old one out exactly: it had been taken in once.
    await house.desk.write(ADMIN, change(number, "It broke"))
    assert await found(house, "renewed") == []
    assert await found(house, "broke") == list(range(1, 62))


def change(number: int, subject: str) -> Callable[..., object]:
    return lambda work: ticket_commands.execute_command(work, number, EditTicket(subject=subject))


async def test_the_migration_leaves_a_full_desk_to_be_indexed(database_url: str) -> None:
    old = open_peewee(database_url)
    Runner(old, str(migrations.VERSIONS_FOLDER)).up("0002_told_promised_measured")
    fill_as_before(old)
    old.close()
    assert "0005_search_finds_more" in migrate_database(database_url)
    new = open_peewee(database_url)
    rows = new.execute_sql(  # type: ignore[no-untyped-call]
        "SELECT org_id, unindexed_below, people_unindexed_below FROM counters ORDER BY org_id"
    )
    assert rows.fetchall() == [(1234, None, None), (4821, 18, 10_001)]
    new.close()


@pytest.mark.parametrize(("files", "left"), [(0, None), (1, 18)])
async def test_a_desk_with_files_is_indexed_again_for_their_names(
    database_url: str, files: int, left: int | None
) -> None:
    old = open_peewee(database_url)
    Runner(old, str(migrations.VERSIONS_FOLDER)).up("0002_told_promised_measured")
    fill_as_before(old)
    Runner(old, str(migrations.VERSIONS_FOLDER)).up("0024_events_of_no_ticket")
    old.execute_sql("UPDATE counters SET unindexed_below = NULL")  # type: ignore[no-untyped-call]
    for _ in range(files):
        old.execute_sql(  # type: ignore[no-untyped-call]
            """INSERT INTO attachments (org_id, id, number, name, content_type, size, sha256, key,
            created_at, uploader_role) VALUES (4821, 1, 17, 'a', 'b', 1, 'c', 'd', 0, 'agent')"""
        )
    old.close()
    assert migrate_database(database_url)
    new = open_peewee(database_url)
    rows = new.execute_sql(  # type: ignore[no-untyped-call]
        "SELECT unindexed_below FROM counters WHERE org_id = 4821"
    )
    assert rows.fetchall() == [(left,)]
    new.close()


def fill_as_before(old: pw.Database) -> None:
    """An empty organization, and one with a ticket and its customer."""
    for text in (
        """INSERT INTO counters (org_id, seq, ticket, agent, customer, api_key)
            VALUES (1234, 0, 0, 999, 9999, 0), (4821, 1, 17, 999, 10000, 0)""",
        """INSERT INTO users (org_id, id, email, name, role, skills, capacity, presence,
            active, created_at)
            VALUES (4821, 10000, 'a@x', 'A', 'customer', '[]', 1, 'offline', true, 1)""",
        """INSERT INTO tickets (org_id, number, subject, category, customer_id, created_at,
            updated_at, status, priority, tags, waiting_on, reopen_count, version, last_seq,
            description) VALUES (4821, 17, 'S', 'general', 10000, 0, 0, 'open', 1, '[]', 'agent',
            0, 1, 1, 'D')""",
    ):
        old.execute_sql(text)  # type: ignore[no-untyped-call]
