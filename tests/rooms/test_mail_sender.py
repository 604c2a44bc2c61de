"""The mail sender: everything that is owed goes out once, whatever happens in between."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from common.accounts import EditUser
from common.preferences import Digest, Preferences, QuietHours
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Status
from server.delivery.mail.mail_sender import LEASE, RELAY_PAUSE, RETRY_DELAYS
from server.desk.erasure import user_erasure
from server.desk.people import accounts
from server.domain.timestamps import to_microseconds
from server.storage.connect import open_database
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.mail import mails
from server.storage.queries.mail.mails import MailState
from server.storage.queries.person import recipients
from tests.support.local_desk import ORG
from tests.support.mail_desk import Mailroom
from tests.support.marks import own_on_sqlite
from tests.support.process import HOUSE
from tests.support.smtp_server import Mailbox


async def test_what_is_owed_is_sent_once(room: Mailroom, box: Mailbox) -> None:
    ticket = await room.file(subject="Printer <on> fire")
    await room.owe(room.carla, ticket)
    await room.later()
    await room.later(days=1)
    [mail] = box.mails
    assert (mail.to, mail.subject) == ("carla@example.test", "[#1] Printer <on> fire")
    assert mail.message["From"].addresses[0].display_name == "Acme"
    assert "We have received your request" in mail.text
    assert "We have received your request" in mail.html
    assert await room.mails() == [("sent", 1, None)]


async def test_what_is_late_does_not_come_in_quiet_hours(room: Mailroom, box: Mailbox) -> None:
    carla, quiet = room.carla, QuietHours("20:00", "08:00", "UTC")
    wishes = Preferences(quiet_hours=quiet, digest=Digest.DAILY)
    await room.do(
        carla, lambda work: recipients.save_preferences(work.writing, ORG, carla.id or 0, wishes)
    )
    await room.owe(carla, await room.file())
    await room.later(hours=12)
    await room.later(hours=10)
    assert (box.mails, await room.mails()) == ([], [("queued", 0, None)])
    await room.later(hours=1)
    assert (len(box.mails), await room.mails()) == (1, [("sent", 1, None)])


async def test_two_servers_send_each_mail_once(room: Mailroom, box: Mailbox) -> None:
    for n in range(30):
        await room.owe(room.carla, await room.file(subject=f"Ticket {n}"))
    database = open_database(room.url)
    other = room.server(database)
    await asyncio.gather(*(it.send_due_mails() for it in (room.sender, other, room.sender, other)))
    await room.later()
    assert sorted(mail.subject for mail in box.mails) == sorted(
        f"[#{n + 1}] Ticket {n}" for n in range(30)
    )
    assert set(await room.states()) == {"sent"}
    await other.stop()
    database.close()


async def test_who_crashes_with_a_mail_leaves_it_to_others(room: Mailroom, box: Mailbox) -> None:
    ticket = await room.file()
    await room.owe(room.carla, ticket)
    now, until = to_microseconds(room.now), to_microseconds(room.now + LEASE)

    def claim_and_crash(writing: WriteTransaction) -> None:
        assert mails.claim_mails(writing, mails.list_due_mails(writing, now), until)

    await room.database.write(claim_and_crash)
    await room.later(seconds=(LEASE - timedelta(seconds=1)).total_seconds())
    assert box.mails == []
    await room.later(seconds=1)
    assert len(box.mails) == 1


async def claim_as(room: Mailroom, lease: str) -> None:
    """All that is due is claimed by a process that then sends nothing."""
    now, until = to_microseconds(room.now), to_microseconds(room.now + LEASE)

    def job(writing: WriteTransaction) -> None:
        assert mails.claim_mails(writing, mails.list_due_mails(writing, now), until, lease)

    await room.database.write(job)


@asynccontextmanager
async def another_process() -> AsyncIterator[str]:
    """Identifies a process that runs until the end of the block."""
    code = "from server import process_identity as it; print(it.identify_process()); input()"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-uc", code, stdin=PIPE, stdout=PIPE, cwd=HOUSE
    )
    assert child.stdout is not None
    yield (await child.stdout.readline()).decode().strip()
    await child.communicate(b"\n")


async def test_who_starts_again_sends_what_the_process_of_before_had_claimed(
    room: Mailroom, box: Mailbox
) -> None:
    async with another_process() as ended:
        pass
    await room.owe(room.carla, await room.file())
    await claim_as(room, ended)
    await room.later()
    assert len(box.mails) == 1
    assert await room.mails() == [("sent", 2, None)]


async def test_who_is_alone_takes_over_what_any_other_had_claimed(
    room: Mailroom, box: Mailbox
) -> None:
    elsewhere = "another-boot pid:[1] 17 4711"
    await room.owe(room.carla, await room.file())
    await claim_as(room, elsewhere)
    await room.later()
    assert box.mails == [], "it may still be running"
    alone = room.server(room.database, is_alone=True)
    await alone.send_due_mails()
    assert len(box.mails) == 1
    await alone.stop()


async def test_a_process_that_is_running_keeps_what_it_claimed(
    room: Mailroom, box: Mailbox
) -> None:
    async with another_process() as running:
        await room.owe(room.carla, await room.file())
        await claim_as(room, running)
        await room.later()
        assert (box.mails, await room.states()) == ([], ["queued"])
    other = room.server(room.database)
    await other.send_due_mails()
    assert len(box.mails) == 1
    await other.stop()


@own_on_sqlite
async def test_while_the_relay_is_away_nothing_is_lost_and_no_attempt_counts(
    room: Mailroom, box: Mailbox
) -> None:
    await box.close()
    for _ in range(3):
        await room.owe(room.carla, await room.file())
    with capture_logs() as lines:
        for _ in range(len(RETRY_DELAYS) + 3):
            await room.later(seconds=RELAY_PAUSE.total_seconds())
    assert [line["event"] for line in lines] == ["mail relay unreachable"]
    assert {(state, attempts) for state, attempts, _ in await room.mails()} == {("queued", 0)}
    await box.open()
    await room.later(seconds=RELAY_PAUSE.total_seconds())
    assert await room.states() == ["sent"] * 3
    assert len(box.mails) == 3


@own_on_sqlite
async def test_a_relay_that_wants_a_password_gets_it_and_one_that_refuses_it_loses_nothing(
    room: Mailroom, box: Mailbox
) -> None:
    box.password = "p@ss:word"
    await room.owe(room.carla, await room.file())
    url = f"smtp://desk:{{}}@127.0.0.1:{box.port}"
    for password, state in (("wrong", "queued"), ("p%40ss%3Aword", "sent")):
        sender = room.server(room.database, url.format(password))
        await sender.send_due_mails()
        await sender.stop()
        assert await room.states() == [state]


@own_on_sqlite
async def test_what_the_relay_refuses_for_good_is_failed_and_the_others_go(
    room: Mailroom, box: Mailbox
) -> None:
    ticket = await room.file()
    box.answer = lambda to: "550 no <carla@example.test> here" if to == room.carla.email else None
    for who in (room.carla, room.ana):
        await room.owe(who, ticket)
    await room.later()
    assert [mail.to for mail in box.mails] == [room.ana.email]
    assert await room.mails() == [("failed", 1, "550 no <(address)> here"), ("sent", 1, None)]


@own_on_sqlite
async def test_what_the_relay_puts_off_is_tried_on_a_schedule_and_given_up(
    room: Mailroom, box: Mailbox
) -> None:
    await room.owe(room.carla, await room.file())
    box.answer = lambda _: "451 try later"
    await room.later()
    for n, pause in enumerate(RETRY_DELAYS, 1):
        assert await room.mails() == [("queued", n, "451 try later")]
        await room.later(seconds=pause.total_seconds() - 1)
        assert (await room.mails())[0][1] == n
        await room.later(seconds=1)
    assert await room.mails() == [("failed", len(RETRY_DELAYS) + 1, "451 try later")]


@pytest.mark.parametrize("how", ["erased", "inactive"])
@own_on_sqlite
async def test_who_is_not_there_any_more_gets_nothing(
    room: Mailroom, box: Mailbox, how: str
) -> None:
    await room.owe(room.carla, await room.file())
    person_id = room.carla.id or 0
    if how == "erased":
        await room.do(room.ana, lambda work: user_erasure.erase_user(work, person_id))
    else:
        gone = EditUser(active=False)
        await room.do(room.ana, lambda work: accounts.edit_user(work, person_id, gone, None))
    await room.later()
    assert box.mails == []
    assert await room.states() == [MailState.DROPPED]


@own_on_sqlite
async def test_a_note_is_in_no_customers_mail_and_no_foreign_ticket_is(
    room: Mailroom, box: Mailbox
) -> None:
    note = AddMessage("Do not tell her", MessageKind.NOTE)
    ticket = await room.act(room.ana, (await room.file()).number, note)
    other = await room.join("Zoe", room.carla.role)
    foreign = await room.file(other, "Zoe's own")
    for who, about in ((room.carla, ticket), (room.carla, foreign), (room.bo, ticket)):
        await room.owe(who, about)
        await room.owe(who, about, digest=True)
    await room.later()
    assert {mail.to for mail in box.mails} == {room.bo.email}
    assert all("\n\nDo not tell her\n\n" in mail.text for mail in box.mails)


@own_on_sqlite
async def test_a_reply_and_what_it_did_to_the_ticket_are_one_letter(
    room: Mailroom, box: Mailbox
) -> None:
    number = (await room.file()).number
    solved = AddMessage("It is dry again.", status=Status.RESOLVED)
    ticket = await room.act(room.ana, number, solved)
    reply = replace(ticket, last_seq=ticket.last_seq - 1)
    for who in (room.carla, room.bo):
        await room.owe(who, reply, "followed")
    await room.act(room.carla, number, AddMessage("It is not."))
    await room.later()
    [to_carla], [to_bo] = (
        [mail.text for mail in box.of(who.email or "")] for who in (room.carla, room.bo)
    )
    assert to_carla.startswith("It is dry again.\n\nYour ticket has been resolved.\n\n")
    assert "-- \nAna, Acme\nTicket #1: https://desk.example/t/4821-1-" in to_carla
    assert "Ana wrote a reply:\n\nIt is dry again.\n\nAna resolved the ticket.\n\n" in to_bo
    assert "/t/" not in to_bo
    assert "It is not." not in to_carla + to_bo


async def test_a_digest_is_one_mail_grouped_by_ticket(room: Mailroom, box: Mailbox) -> None:
    first, second = await room.file(subject="First"), await room.file(subject="Second")
    for ticket in (first, second):
        told = await room.act(room.carla, ticket.number, AddMessage(f"More of {ticket.subject}"))
        await room.owe(room.ana, told, "mine", digest=True)
    again = await room.act(room.carla, first.number, AddMessage("And more"))
    await room.owe(room.ana, again, "mine", digest=True)
    await room.owe(room.bo, again, "mine", digest=True)
    await room.later()
    [mail] = box.of("ana@example.test")
    assert mail.subject == "[Acme] 3 updates on 2 tickets"
    parts = ("[#1] First", "More of First", "And more", "[#2] Second", "More of Second")
    places = [mail.text.index(part) for part in parts]
    assert places == sorted(places)
    assert len(box.of("bo@example.test")) == 1
    assert await room.states() == ["sent"] * 4


async def test_rows_of_long_ago_are_dropped(room: Mailroom) -> None:
    await room.owe(room.carla, await room.file())
    await room.later()
    assert not await room.sender.purge_settled_mails()
    assert await room.states() == ["sent"]
    await room.later(days=31)
    assert await room.sender.purge_settled_mails()
    assert await room.states() == []
