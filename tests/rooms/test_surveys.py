"""Surveys: one invitation a resolution, taken back by what undoes it, and not every day."""

import asyncio
import re
from datetime import timedelta

from msgspec.structs import replace

from common.accounts import MergeUser
from common.organization import SurveySettings
from common.people import Role
from common.tickets.assigning import AssignTicket
from common.tickets.editing import EditTicket
from common.tickets.rating import RateTicket
from common.tickets.replying import AddMessage
from common.tickets.ticket import Status
from server.desk.desk import Desk
from server.desk.people.person_merging import merge_person, unmerge_person
from server.desk.recording.unit_of_work import UnitOfWork
from server.storage.connect import open_database
from tests.support.mail_desk import Mailroom
from tests.support.marks import own_on_sqlite
from tests.support.smtp_server import Mailbox

HOUR = timedelta(hours=1)


async def test_an_invitation_comes_when_its_delay_is_over_and_freezes_who_resolved(
    room: Mailroom, box: Mailbox
) -> None:
    number = (await room.file(subject="Fire & <smoke>")).number
    await room.resolve(number)
    room.now += HOUR - timedelta(seconds=1)
    await room.later()
    assert (box.mails, await room.surveys()) == ([], [("waiting", room.ana.id)])
    await room.later(seconds=1)
    [mail] = box.mails
    assert (mail.to, mail.subject) == ("carla@example.test", "[#1] Fire & <smoke>")
    assert mail.text.count("https://desk.example/rate/4821-1-") == 5
    assert "?score=4" in mail.text
    assert "works until 15 June 2026, 09:00 UTC." in mail.text
    assert re.fullmatch(r"<4821\.[0-9a-f]+\.1@desk\.example>", str(mail.message["References"]))
    await room.act(room.ana, number, AssignTicket(room.bo.id))
    assert await room.surveys() == [("sent", room.ana.id)]
    await room.later(days=3)
    assert len(box.mails) == 1


async def test_a_reopened_ticket_takes_its_invitation_back_and_has_a_new_one(
    room: Mailroom, box: Mailbox
) -> None:
    number = (await room.file()).number
    await room.resolve(number)
    await room.act(room.carla, number, AddMessage("Still broken."))
    await room.later(hours=2)
    assert (box.mails, await room.surveys()) == ([], [("cancelled", room.ana.id)])
    await room.resolve(number, room.bo)
    await room.later(hours=1)
    assert len(box.mails) == 1
    assert await room.surveys() == [("cancelled", room.ana.id), ("sent", room.bo.id)]


async def test_nobody_is_invited_to_a_link_that_is_over(room: Mailroom, box: Mailbox) -> None:
    await room.resolve((await room.file()).number)
    await room.later(days=14)
    assert (box.mails, await room.surveys()) == ([], [("skipped", room.ana.id)])


@own_on_sqlite
async def test_an_invitation_that_no_relay_took_in_time_is_dropped(
    room: Mailroom, box: Mailbox
) -> None:
    await room.resolve((await room.file()).number)
    await box.close()
    await room.later(hours=1)
    await box.open()
    await room.later(days=14)
    assert (box.mails, await room.states()) == ([], ["dropped"])


@own_on_sqlite
async def test_an_invitation_in_line_is_not_sent_when_the_ticket_is_reopened_meanwhile(
    room: Mailroom, box: Mailbox
) -> None:
    number = (await room.file()).number
    await room.resolve(number)
    await box.close()
    await room.later(hours=1)
    assert (await room.surveys(), await room.states()) == ([("sent", room.ana.id)], ["queued"])
    await room.act(room.carla, number, AddMessage("Still broken."))
    await box.open()
    await room.later(hours=1)
    assert (box.mails, await room.states()) == ([], ["dropped"])


async def test_a_customer_is_asked_at_most_once_a_day(room: Mailroom, box: Mailbox) -> None:
    for _ in range(2):
        await room.resolve((await room.file()).number)
    await room.later(hours=1)
    assert [state for state, _ in await room.surveys()] == ["sent", "skipped"]
    await room.resolve((await room.file()).number)
    await room.later(hours=22)
    await room.resolve((await room.file()).number)
    await room.later(hours=3)
    assert [state for state, _ in await room.surveys()] == ["sent", "skipped", "skipped", "sent"]
    assert len(box.mails) == 2


async def test_two_servers_ask_once(room: Mailroom, box: Mailbox) -> None:
    for _ in range(4):
        await room.resolve((await room.file()).number)
    room.now += HOUR
    database = open_database(room.url)
    other = room.server(database)
    await asyncio.gather(*(it.send_due_mails() for it in (room.sender, other, room.sender, other)))
    await room.later()
    states = sorted(state for state, _ in await room.surveys())
    assert (states, len(box.mails)) == (["sent", "skipped", "skipped", "skipped"], 1)
    await other.stop()
    database.close()


@own_on_sqlite
async def test_nobody_is_asked_about_spam_or_what_was_rated_already(
    room: Mailroom, box: Mailbox
) -> None:
    spam, undone, rated = [(await room.file()).number for _ in range(3)]
    await room.act(room.ana, spam, EditTicket(status=Status.CLOSED, reason="spam"))
    await room.resolve(undone)
    await room.act(room.ana, undone, EditTicket(status=Status.CLOSED, reason="duplicate"))
    await room.resolve(rated)
    await room.act(room.carla, rated, RateTicket(5))
    await room.later(hours=2)
    assert [state for state, _ in await room.surveys()] == ["cancelled", "skipped"]
    assert box.mails == []


@own_on_sqlite
async def test_closing_a_resolved_ticket_leaves_its_invitation(
    room: Mailroom, box: Mailbox
) -> None:
    number = (await room.file()).number
    await room.resolve(number)
    await room.act(room.ana, number, EditTicket(status=Status.CLOSED))
    await room.later(hours=1)
    assert len(box.mails) == 1


@own_on_sqlite
async def test_without_mail_or_where_the_organization_does_not_want_it_nobody_is_asked(
    room: Mailroom,
) -> None:
    silent = Desk(room.database, room.clock, lambda _: None)
    number = (await room.file()).number
    room.desk, asking = silent, room.desk
    await room.resolve(number)
    room.desk = asking

    def unasked(work: UnitOfWork) -> None:
        work.sequence.save_settings(
            replace(work.settings, satisfaction=SurveySettings(enabled=False))
        )

    await room.do(room.ana, unasked)
    await room.resolve((await room.file()).number)
    assert await room.surveys() == []


async def test_an_invitation_of_the_time_of_a_merge_goes_back_with_its_ticket(
    room: Mailroom, box: Mailbox
) -> None:
    zoe = await room.join("Zoe", Role.CUSTOMER)
    number = (await room.file()).number
    into = MergeUser(zoe.id or 0)
    await room.do(room.ana, lambda it: merge_person(it, room.carla.id or 0, into))
    await room.resolve(number)
    await room.do(room.ana, lambda it: unmerge_person(it, room.carla.id or 0))
    await room.later(hours=1)
    assert [mail.to for mail in box.mails] == [room.carla.email]
