"""A customer hears by mail what concerns it, is asked how it was, and answers by the link."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from common.people import Scope
from server.storage.connect import open_database
from server.storage.engine.statement import Statement
from server.storage.queries.ticket import tickets
from server.storage.tables.notification_tables import SurveyModel
from tests.support.desk import Org, ServedDesk, Tenants
from tests.support.mail_intake import compose
from tests.support.process import assert_nothing_failed, serving
from tests.support.smtp_server import Mail, Mailbox, mailbox
from tests.support.sqlite_file import make_sqlite_url

CLEO = "Cleo <cleo@shop.example>"
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
            yield await Tenants(ServedDesk(url, server, database), web).found()
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
            org = await Tenants(ServedDesk(url, server, database), web).found()
            for n in range(3):
                await org.admin.file(f"Ticket {n}", customer_email=f"dora{n}@shop.example")
            server.kill()
            database.close()
        await box.open()
        with serving(url, tmp_path / "server.log", **mail):
            await box.comes(3)
    assert sorted(mail.to for mail in box.mails) == [f"dora{n}@shop.example" for n in range(3)]


async def bring(org: Org, mail: bytes, recipient: str) -> dict[str, Any]:
    """The site's mail server brings a mail to the desk."""
    headers = {"Content-Type": "message/rfc822"}
    reply = await org.admin.ask(
        "POST", "/mails", data=mail, headers=headers, params={"recipient": recipient}
    )
    taken: dict[str, Any] = reply.expect(200)
    return taken


REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.shop.example
To: {back}
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-1@mx.shop.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=b"

--=b
Content-Type: text/plain

It was not delivered.

--=b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.shop.example

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{to}> user unknown

--=b
Content-Type: text/rfc822-headers

Message-ID: {id}
Subject: {subject}

--=b--
"""
"""A delivery report as a mail server writes it (RFC 3464), with the mail's headers."""


def report_of(mail: Mail) -> bytes:
    """The report that a mail was not delivered."""
    values = {"back": mail.return_path, "to": mail.to, "id": mail.id, "subject": mail.subject}
    return REPORT.format_map(values).encode()


async def test_a_customer_and_an_agent_write_to_each_other_by_mail_until_one_is_gone(
    org: Org, box: Mailbox
) -> None:
    ana = await org.agent("Ana")
    (await org.admin.patch("", {"language": "de"})).expect(200)
    (await org.admin.patch("", {"language": "xx"})).expect(422, "validation")
    (await org.admin.post("/inboxes", {"address": "hilfe@acme.example"})).expect(201)
    hers = [("Message-ID", "<first@phone.example>")]
    asked = compose("Er druckt nicht.", sender=CLEO, to="hilfe@acme.example", headers=hers)
    number = (await bring(org, asked.as_bytes(), "hilfe@acme.example"))["number"]
    [receipt] = await box.comes(1)
    assert "Sie haben geschrieben:\n\n> Er druckt nicht." in receipt.text
    assert receipt.message["In-Reply-To"] == "<first@phone.example>"

    written = await ana.write(number, "Ist er eingesteckt?", waiting_on="customer")
    reply = (await box.comes(2))[1]
    assert reply.text.startswith("Ist er eingesteckt?\n\n-- \nAna, ")
    back = reply.message["Reply-To"].addresses[0].addr_spec
    told = [("In-Reply-To", reply.id), ("Message-ID", "<second@phone.example>")]
    answer = compose("Ja!", sender=CLEO, to=back, subject="Re: Drucker", headers=told)
    assert (await bring(org, answer.as_bytes(), back))["number"] == number
    assert (await ana.ticket(number))["waiting_on"] == "agent"

    last = await ana.write(number, "Dann schicken wir jemanden.", waiting_on="customer")
    gone = (await box.comes(3))[2]
    assert (await bring(org, report_of(gone), gone.return_path))["result"] == "bounce"
    ticket = await ana.ticket(number)
    assert ticket["waiting_on"] == "agent"
    items = (await ana.get(f"/tickets/{number}/messages")).expect(200)["items"]
    said = {it["seq"]: it.get("undelivered", {}).get("error") for it in items}
    assert said[written["seq"]] is None
    assert said[last["seq"]] == "550 5.1.1 <(address)> user unknown"
    notices = (await ana.get("/notifications")).expect(200)["items"]
    assert [it["kind"] for it in notices][:1] == ["undelivered"]

    public = await org.key(Scope.TICKETS_READ_PUBLIC, Scope.EVENTS_READ)
    for path in ("/events", f"/tickets/{number}", f"/tickets/{number}/messages"):
        shown = (await public.get(path)).body
        assert b"waiting_on" in shown or b"eingesteckt" in shown
        assert b"undelivered" not in shown, "customers do not see it"
        assert b"550" not in shown

    user = f"/users/{ticket['customer']['id']}"
    assert "550" in (await ana.get(user)).expect(200)["undeliverable"]["error"]
    (await ana.delete(f"{user}/undeliverable")).expect(403, "forbidden")
    (await org.admin.delete(f"{user}/undeliverable")).expect(204)
    assert "undeliverable" not in (await ana.get(user)).expect(200)
