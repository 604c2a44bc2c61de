"""A customer hears by mail what concerns it, is asked how it was, and answers by the link."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import aiohttp
import pytest

from server.storage.connect import open_database
from server.storage.engine.statement import Statement
from server.storage.queries import tickets
from server.storage.tables.notification_tables import SurveyModel
from tests.support.desk import Desk, Org, Tenants
from tests.support.process import assert_nothing_failed, serving
from tests.support.smtp_server import Mail, Mailbox, mailbox
from tests.support.sqlite_file import make_sqlite_url

ALICE = "alice.o'hara+desk@shop.example"
AT_ONCE = {"enabled": True, "delay_minutes": 0}
_SURVEYS = Statement(
    SurveyModel.select(SurveyModel.state, SurveyModel.resolver_id).order_by(SurveyModel.seq)
)


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as made:
        yield made


@pytest.fixture
async def org(tmp_path: Path, box: Mailbox) -> AsyncIterator[Org]:
    """An organization on a server of its own, which sends mails."""
    url = make_sqlite_url(tmp_path)
    mail = {"smtp_url": box.url, "mail_from": "help@desk.example"}
    with serving(url, tmp_path / "server.log", **mail) as server:
        database = open_database(url)
        async with aiohttp.ClientSession() as web:
            yield await Tenants(Desk(url, server, database), web).found()
        database.close()
        assert_nothing_failed(server.log)


def words(mail: Mail) -> str:
    """The HTML form without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", mail.html)).split())


async def test_from_the_receipt_to_the_rating_by_a_link(org: Org, box: Mailbox) -> None:
    ana, bo = await org.agent("Ana"), await org.agent("Bo")
    (await org.admin.patch("", {"satisfaction": AT_ONCE})).expect(200)
    number = (await ana.file("It <burns> & smokes", customer_email=ALICE))["number"]
    await box.comes(1)
    await ana.write(number, "Known only to us.", kind="note")
    await ana.write(number, "Have you tried <water>?\nBo has some.")
    await box.comes(2)
    await ana.edit(number, status="resolved")
    await box.comes(4)

    receipt, reply, resolved, survey = box.mails
    epoch = (await ana.get("/events")).expect(200)["epoch"]
    for mail in box.mails:
        assert (mail.to, mail.subject) == (ALICE, "[#1] It <burns> & smokes")
        assert mail.message["From"].addresses[0].addr_spec == "help@desk.example"
        assert mail.message["References"] == f"<{org.id}.{epoch}.1@desk.example>"
        assert "Known only" not in mail.message.as_string()
        assert f"{org.desk.http}/t/{org.id}-1-" in mail.text
    assert len({mail.id for mail in box.mails}) == 4
    notices = [receipt, resolved, survey]
    assert {mail.message["Auto-Submitted"] for mail in notices} == {"auto-generated"}
    assert reply.message["Auto-Submitted"] is None, "a person wrote it"
    assert "We have noted a request for you" in words(receipt)
    assert "This is what we noted: Please help" in words(receipt)
    assert reply.text.startswith("Have you tried <water>?\nBo has some.\n\n-- \nAna, ")
    assert "Have you tried <water>? Bo has some." in words(reply)
    assert "has been resolved" in words(resolved)
    assert (await ana.ticket(number))["version"] == 5, "no mail changes a ticket"

    # It is reassigned, and still Ana's work that is rated.
    (await org.admin.post(f"/tickets/{number}/assign", {"user_id": bo.id})).expect(200)
    link = re.findall(rf"{org.desk.http}/rate/\S+\?score=2", survey.text)[0]
    async with org.web.get(link) as page:
        assert (page.status, page.content_type) == (200, "text/html")
    assert (await ana.ticket(number))["rating"] is None
    async with org.web.post(link, data={"score": "2", "comment": "Too wet."}) as page:
        assert page.status == 200
    assert (await ana.ticket(number))["rating"]["score"] == 2
    after = await org.desk.database.read_snapshot(
        lambda reading: tickets.find_ticket(reading, org.id, number)
    )
    surveys = await org.desk.database.read_snapshot(lambda reading: reading.fetch_rows(_SURVEYS))
    assert after is not None
    assert (after.assignee_id, after.resolver_id) == (bo.id, ana.id)
    assert [tuple(row) for row in surveys] == [("sent", ana.id)]


async def test_what_was_committed_before_a_crash_is_mailed_after_it(
    tmp_path: Path, box: Mailbox
) -> None:
    url = make_sqlite_url(tmp_path)
    mail = {"smtp_url": box.url, "mail_from": "help@desk.example"}
    await box.close()
    async with aiohttp.ClientSession() as web:
        with serving(url, tmp_path / "server.log", **mail) as server:
            database = open_database(url)
            org = await Tenants(Desk(url, server, database), web).found()
            for n in range(3):
                await org.admin.file(f"Ticket {n}", customer_email=f"dora{n}@shop.example")
            server.kill()
            database.close()
        await box.open()
        with serving(url, tmp_path / "server.log", **mail):
            await box.comes(3)
    assert sorted(mail.to for mail in box.mails) == [f"dora{n}@shop.example" for n in range(3)]
