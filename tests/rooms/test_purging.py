"""Purging: erased and redacted words are not in the files, of a desk and of its backups."""

import asyncio
import gzip
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from common.people import Actor, Role
from common.tickets.correcting import CorrectCustomer
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.rating import RateTicket
from common.tickets.redacting import ERASED, RedactTicket
from common.tickets.registry import AnyCommand
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Status
from server.cli.purge_command import purge_command
from server.desk.erasure import redaction, user_erasure
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_commands, ticket_creation
from server.jobs.file_purger import FilePurger
from server.storage.backups import postgres_backup, sqlite_backup
from server.storage.engine import file_purge
from server.storage.engine.database_url import is_postgres, parse_sqlite_path
from server.storage.migrations import open_peewee
from server.storage.queries.erasure import purge_requests
from server.storage.queries.ticket import tickets
from server.transfer.exporter import export_organization
from tests.support.local_desk import ADMIN, ORG, AdminDesk
from tests.support.stored_words import is_stored

WORD = "quixotically"
"""In every text of the person who is erased."""
OTHERS = 60


@pytest.fixture
async def house(desk_url: str) -> AsyncIterator[AdminDesk]:
    async with AdminDesk.open(desk_url) as opened:
        yield opened


async def do(house: AdminDesk, actor: Actor, number: int, *commands: AnyCommand) -> None:
    for command in commands:
        await house.desk.write(
            actor, partial(ticket_commands.execute_command, number=number, command=command)
        )


async def play(house: AdminDesk) -> Actor:
    """Files tickets of many people; one of them says the word wherever it can be said."""

    def carla(work: UnitOfWork) -> Actor:
        person = accounts.create_customer(work, f"{WORD}@example.test", f"Carla {WORD}")
        return Actor(ORG, Role.CUSTOMER, person.id, person.name)

    customer = await house.desk.write(ADMIN, carla)
    for n in range(OTHERS):
        text = FileTicket(f"Other {n}", "They stay. " * n, customer_email=f"o{n}@example.test")
        await house.desk.write(ADMIN, partial(ticket_creation.create_ticket, command=text))
        if n % 20 == 0:
            await speak(house, customer)
    if is_postgres(house.url):
        connection = open_peewee(house.url)
        connection.execute_sql("ANALYZE")  # type: ignore[no-untyped-call]
        connection.close()
    return customer


async def speak(house: AdminDesk, customer: Actor) -> None:
    asked = FileTicket(f"{WORD} it broke", f"{WORD} " * 2000)
    filed = await house.desk.write(
        customer, lambda work: ticket_creation.create_ticket(work, asked)
    )
    await do(house, customer, filed.number, AddMessage(f"Still {WORD}, " * 50))
    tagged, plain = EditTicket(tags=(f"is-{WORD}",)), EditTicket(tags=(), subject=f"All {WORD}")
    await do(house, ADMIN, filed.number, tagged, plain, EditTicket(status=Status.RESOLVED))
    await do(house, customer, filed.number, RateTicket(2, f"Rather {WORD}"))


async def purge(house: AdminDesk) -> None:
    await FilePurger(house.database).purge_files()
    assert (
        await house.database.read_snapshot(purge_requests.read_last_request)
        == purge_requests.NO_PURGE
    )


def backed_up(url: str, file: Path) -> bytes:
    if is_postgres(url):
        postgres_backup.back_up_postgres(url, file)
        return gzip.decompress(file.read_bytes())
    sqlite_backup.back_up_sqlite(parse_sqlite_path(url), file)
    return file.read_bytes()


async def is_anywhere(house: AdminDesk, word: str) -> bool:
    return await is_stored(house.url, house.database, word)


async def test_words_of_an_erased_person_are_in_no_file_and_no_backup(
    house: AdminDesk, tmp_path: Path
) -> None:
    customer = await play(house)
    assert await is_anywhere(house, WORD)
    await house.desk.write(ADMIN, lambda work: user_erasure.erase_user(work, customer.id or 0))
    # The backup first: it is clean by itself, also where the desk has not been purged yet.
    assert WORD.encode() not in backed_up(house.url, tmp_path / "desk.backup")
    await purge(house)
    assert not await is_anywhere(house, WORD)


async def export_all(house: AdminDesk) -> bytes:
    lines: list[bytes] = []
    await export_organization(
        house.database, ORG, lambda _: None, lambda line, _: lines.append(line)
    )
    return b"\n".join(lines)


async def test_words_of_a_former_customer_are_in_no_file_backup_or_export(
    house: AdminDesk, tmp_path: Path
) -> None:
    customer = await play(house)
    given_away = [it for it in range(1, OTHERS + 4) if WORD in await subject_of(house, it)]
    for number in given_away:
        await do(house, ADMIN, number, CorrectCustomer("new@example.test"))
        await house.say(number, "Now with you.")
    assert len(given_away) == 3
    assert WORD.encode() in await export_all(house)
    await house.desk.write(ADMIN, lambda work: user_erasure.erase_user(work, customer.id or 0))
    assert WORD.encode() not in await export_all(house)
    assert WORD.encode() not in backed_up(house.url, tmp_path / "desk.backup")
    await purge(house)
    assert not await is_anywhere(house, WORD)
    assert await subject_of(house, given_away[0]) == ERASED


async def subject_of(house: AdminDesk, number: int) -> str:
    found = await house.database.read_snapshot(lambda it: tickets.find_ticket(it, ORG, number))
    return "" if found is None else found.subject


async def test_a_redacted_text_is_in_no_file_and_no_backup(
    house: AdminDesk, tmp_path: Path
) -> None:
    numbers = [await house.file(), await house.file()]
    secret = "4111222233334444"
    for number in numbers:
        await house.say(number, f"My card is {secret}")
        await house.say(number, f"{secret} is a card", MessageKind.NOTE)
    command = RedactTicket(reason="Card number", text="4111 2222 3333 4444")
    for number in numbers:
        job = partial(redaction.redact_ticket, number=number, command=command)
        await house.desk.write(ADMIN, job)
    assert secret.encode() not in backed_up(house.url, tmp_path / "desk.backup")
    await purge(house)
    assert not await is_anywhere(house, secret)


async def test_a_search_finds_the_same_after_a_purge(house: AdminDesk) -> None:
    customer = await play(house)
    await house.desk.write(ADMIN, lambda work: user_erasure.erase_user(work, customer.id or 0))
    await purge(house)
    if not is_postgres(house.url):
        with closing(sqlite3.connect(parse_sqlite_path(house.url))) as connection:
            statement = "SELECT count(*) FROM ticket_search WHERE ticket_search MATCH ?"
            assert connection.execute(statement, ('"other"',)).fetchone() == (OTHERS,)
            connection.execute("INSERT INTO ticket_search(ticket_search) VALUES('integrity-check')")
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_what_is_asked_for_while_a_purge_runs_is_done_after_it(
    house: AdminDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await house.file()
    truncate = file_purge.truncate_sqlite
    if is_postgres(house.url):
        return
    await house.desk.write(ADMIN, lambda work: purge_requests.request_purge(work.writing, ORG, 1))
    asked = iter([False, True])
    monkeypatch.setattr(file_purge, "truncate_sqlite", lambda path: next(asked) and truncate(path))
    await FilePurger(house.database).purge_files()  # somebody is reading: it stays to be done
    assert await house.database.read_snapshot(purge_requests.read_last_request) == 1
    await purge(house)
    assert number == 1


async def test_the_command_rewrites_the_files_of_a_running_desk(house: AdminDesk) -> None:
    customer = await play(house)
    await house.desk.write(ADMIN, lambda work: user_erasure.erase_user(work, customer.id or 0))
    command = ["--database", house.url]
    done = await asyncio.to_thread(CliRunner().invoke, purge_command, command)
    assert (done.exit_code, done.output.splitlines()[-1][:6]) == (0, "Purged")
    assert not await is_anywhere(house, WORD)


async def test_a_large_database_is_purged_without_being_rewritten(
    house: AdminDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_purge, "SMALL_BYTES", 0)
    customer = await play(house)
    await house.desk.write(ADMIN, lambda work: user_erasure.erase_user(work, customer.id or 0))
    await purge(house)
    assert not await is_anywhere(house, WORD)
