"""A mail that was accepted is a ticket or a message, exactly once, or waits for a supervisor."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiosmtplib
import pytest

from common.accounts import MergeUser
from common.errors import Unavailable
from common.tickets.editing import EditTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Status
from server.desk.people import person_merging
from server.desk.tickets import ticket_commands, ticket_participants
from server.domain.mail_ids import make_mail_id, make_root_id
from server.domain.reply_addresses import make_reply_address
from server.mail_intake.mail_addresses import parse_mail_listen
from server.mail_intake.mail_listener import TRY_AGAIN, MailListener
from server.storage.queries.organization import log_epochs
from server.storage.queries.organization.installation_secrets import MAIL_KEY, InstallationSecret
from tests.support.mail_intake import (
    ELSEWHERE,
    HELP,
    ORG,
    OTHER,
    SALES,
    Intake,
    compose,
    open_intake,
)

DORA, EVE = "Dora Smith <dora@shop.example>", "Eve <eve@shop.example>"


@pytest.fixture
async def intake(desk_url: str, tmp_path: Path) -> AsyncIterator[Intake]:
    async with open_intake(desk_url, tmp_path / "files") as made:
        yield made


async def reply_address(intake: Intake, number: int, person_id: int) -> str:
    head = await intake.read(lambda reading: log_epochs.read_head(reading, ORG))
    secret = await InstallationSecret(intake.database, MAIL_KEY).get()
    return make_reply_address(HELP, ORG, head.epoch, number, person_id, secret)


async def mail_id(intake: Intake, number: int, seq: int, person_id: int) -> str:
    head = await intake.read(lambda reading: log_epochs.read_head(reading, ORG))
    secret = await InstallationSecret(intake.database, MAIL_KEY).get()
    own = make_mail_id(ORG, head.epoch, number, seq, person_id, secret)
    return f"<{own}@desk.example>"


async def test_a_mail_of_somebody_new_is_a_ticket_of_a_new_customer(intake: Intake) -> None:
    assert await intake.send(compose()) == {}
    (mail,) = await intake.mails()
    assert (mail.state, mail.number, mail.seq, mail.verified) == ("ticket", 1, None, False)
    ticket = await intake.ticket()
    assert (ticket.subject, await intake.description()) == ("It broke", "It does not work.")
    customer = await intake.person(ticket.customer_id)
    assert (customer.email, customer.name) == ("dora@shop.example", "Dora Smith")
    assert customer.role == "customer"


async def test_a_mail_comes_once_however_often_it_is_delivered(intake: Intake) -> None:
    mail = compose(headers=[("Message-ID", "<one@shop.example>")])
    await asyncio.gather(*(intake.send(mail, to) for to in (HELP, SALES, HELP)))
    await intake.send(mail, HELP, SALES)
    unnamed = compose("Without an id.")
    await intake.send(unnamed)
    await intake.send(b"Received: from elsewhere\r\n" + unnamed.as_bytes())
    assert [it.number for it in await intake.mails()] == [1, 2]


async def test_a_mail_to_two_organizations_is_a_ticket_in_each(intake: Intake) -> None:
    await intake.send(compose(), HELP, ELSEWHERE)
    assert len(await intake.mails(ORG)) == len(await intake.mails(OTHER)) == 1
    assert await intake.description(1, OTHER) == "It does not work."


async def test_an_unknown_recipient_is_refused_alone(intake: Intake) -> None:
    refused = await intake.send(compose(), "nobody@acme.example", HELP)
    assert refused == {"nobody@acme.example": "550 5.1.1 No such mailbox here"}
    assert len(await intake.mails()) == 1


async def test_a_mail_that_is_too_large_is_refused_for_each_recipient(intake: Intake) -> None:
    refused = await intake.send(compose("long line of text\n" * 6000), HELP, SALES)
    assert set(refused) == {HELP, SALES}
    assert all(reply.startswith("552") for reply in refused.values())
    assert await intake.mails() == []


async def test_an_answer_lands_on_its_ticket_and_wakes_it(intake: Intake) -> None:
    await intake.send(compose())
    ticket = await intake.ticket()
    resolve = EditTicket(status=Status.RESOLVED)
    await intake.desk.write(
        intake.ana, lambda work: ticket_commands.execute_command(work, 1, resolve)
    )
    address = await reply_address(intake, 1, ticket.customer_id)
    await intake.send(compose("It broke again.", to=address), address)
    (message,) = await intake.messages()
    assert (message.body, message.author.id) == ("It broke again.", ticket.customer_id)
    assert message.source.verified  # type: ignore[union-attr]
    assert (await intake.ticket()).status is Status.OPEN


async def test_our_message_id_leads_an_answer_to_its_ticket(intake: Intake) -> None:
    await intake.send(compose())
    ticket = await intake.ticket()
    named = await mail_id(intake, 1, ticket.last_seq, ticket.customer_id)
    await intake.send(compose("By id.", headers=[("In-Reply-To", named)]))
    await intake.send(compose("By reference.", headers=[("References", f"<x@y> {named} <z@y>")]))
    assert [it.body for it in await intake.messages()] == ["By id.", "By reference."]


@pytest.mark.parametrize("claim", ["subject", "root", "first mail"])
async def test_a_mere_claim_counts_from_the_tickets_own_people(intake: Intake, claim: str) -> None:
    await intake.send(compose(headers=[("Message-ID", "<first@shop.example>")]))
    epoch = (await intake.read(lambda reading: log_epochs.read_head(reading, ORG))).epoch
    subject = "Re: [#1] It broke" if claim == "subject" else "Re: It broke"
    named = {
        "subject": [],
        "root": [("References", f"<{make_root_id(ORG, epoch, 1)}@desk.example>")],
        "first mail": [("In-Reply-To", "<first@shop.example>")],
    }[claim]
    await intake.send(compose("Mine.", subject=subject, headers=named))
    await intake.send(compose("Not mine.", subject=subject, headers=named, sender=EVE))
    (message,) = await intake.messages()
    assert message.body == "Mine."
    assert not message.source.verified  # type: ignore[union-attr]
    assert await intake.description(2) == "Not mine."


async def test_who_got_a_copy_takes_part_and_is_told_of_replies(intake: Intake) -> None:
    copies = f"{EVE}, {SALES}, noreply@shop.example, ana@acme.example, dora@shop.example"
    await intake.send(compose(headers=[("Cc", copies)]))
    assert await intake.participants() == ["eve@shop.example"]
    reply = AddMessage(body="We look into it.")
    await intake.desk.write(
        intake.ana, lambda work: ticket_commands.execute_command(work, 1, reply)
    )
    assert {"dora@shop.example", "eve@shop.example"} <= await intake.mailed()
    await intake.send(compose("I saw it too.", subject="[#1]", sender=EVE))
    assert [it.body for it in await intake.messages()] == ["We look into it.", "I saw it too."]
    assert (await intake.ticket()).waiting_on == "agent"


async def test_who_answers_with_a_signed_address_joins_the_ticket(intake: Intake) -> None:
    await intake.send(compose())
    address = await reply_address(intake, 1, (await intake.ticket()).customer_id)
    await intake.send(compose("For my colleague.", sender=EVE), address)
    assert await intake.participants() == ["eve@shop.example"]
    assert [it.body for it in await intake.messages()] == ["For my colleague."]


async def test_a_signed_address_ends_with_its_persons_part_in_the_ticket(intake: Intake) -> None:
    await intake.send(compose(headers=[("Cc", EVE)]))
    eve = await intake.participant_ids()
    address = await reply_address(intake, 1, *eve)
    await intake.do(ORG, lambda work: ticket_participants.remove_ticket_participant(work, 1, *eve))
    await intake.send(compose("Still here.", sender=EVE), address)
    assert await intake.messages() == []
    assert (await intake.mails())[-1].number == 2


async def test_an_answer_of_a_merged_customer_lands_on_its_ticket(intake: Intake) -> None:
    await intake.send(compose())
    await intake.send(compose(sender=EVE))
    dora, eve = [(await intake.ticket(number)).customer_id for number in (1, 2)]
    address = await reply_address(intake, 1, dora)
    await intake.do(ORG, lambda work: person_merging.merge_person(work, dora, MergeUser(eve)))
    await intake.send(compose("It is me."), address)
    (message,) = await intake.messages()
    assert (message.body, message.author.id) == ("It is me.", eve)
    assert message.source.verified  # type: ignore[union-attr]


async def test_an_agents_mail_without_proof_waits_for_a_supervisor(intake: Intake) -> None:
    await intake.send(compose())
    address = await reply_address(intake, 1, intake.ana.id or 0)
    await intake.send(compose("We are on it.", sender="Ana <ana@acme.example>"), address)
    held = (await intake.mails())[-1]
    assert (held.state, held.reason, held.number) == ("held", "unverified_agent", 1)
    assert await intake.messages() == []


async def test_a_reply_to_spam_makes_nothing(intake: Intake) -> None:
    await intake.send(compose())
    spam = EditTicket(status=Status.CLOSED, reason="spam")
    await intake.desk.write(intake.ana, lambda work: ticket_commands.execute_command(work, 1, spam))
    await intake.send(compose("Buy now!", subject="[#1]"))
    assert [(it.state, it.reason) for it in await intake.mails()][1:] == [("held", "spam")]


async def test_a_flood_of_one_sender_is_held_and_ends_by_itself(intake: Intake) -> None:
    for index in range(22):
        await intake.send(compose(headers=[("Message-ID", f"<{index}@shop.example>")]))
    states = [it.state for it in await intake.mails()]
    assert states == ["ticket"] * 20 + ["held"] * 2
    intake.skew = timedelta(hours=1, minutes=1)
    await intake.send(compose(headers=[("Message-ID", "<later@shop.example>")]))
    assert (await intake.mails())[-1].state == "ticket"


async def test_a_mail_of_an_inbox_itself_is_held(intake: Intake) -> None:
    await intake.send(compose(sender=f"Acme <{SALES}>"))
    assert [(it.state, it.reason) for it in await intake.mails()] == [("held", "own_mail")]


async def test_what_the_server_fails_on_is_held_and_not_lost(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("server.desk.mail.mail_acceptance.decide_mail", fail)
    assert await intake.send(compose()) == {}
    assert [(it.state, it.reason) for it in await intake.mails()] == [("held", "failed")]


async def test_an_automatic_answer_is_a_note_and_changes_nothing(intake: Intake) -> None:
    await intake.send(compose())
    before = await intake.ticket()
    address = await reply_address(intake, 1, before.customer_id)
    away = [("Auto-Submitted", "auto-replied")]
    await intake.send(compose("I am away.", headers=away), address, sender="")
    (note,) = await intake.messages()
    after = await intake.ticket()
    assert (note.kind, note.author.role) == (MessageKind.NOTE, "system")
    assert note.body == "Automatic reply from dora@shop.example\n\nI am away."
    unchanged = ("status", "waiting_on", "sla", "unanswered_since")
    assert [getattr(after, it) for it in unchanged] == [getattr(before, it) for it in unchanged]
    await intake.send(compose("I am away.", headers=away, sender=EVE), sender="")
    held = (await intake.mails())[-1]
    assert (held.state, held.reason) == ("held", "automatic")


async def test_what_the_system_writes_is_in_the_organizations_language(intake: Intake) -> None:
    await intake.send(compose(to=ELSEWHERE), ELSEWHERE)
    mail = compose("Damit.", subject="[#1] It broke", to=ELSEWHERE)
    mail.add_attachment(b"MZ" + b"\0" * 90, "application", "octet-stream", filename="run.exe")
    await intake.send(mail, ELSEWHERE)
    away = [("Auto-Submitted", "auto-replied")]
    absent = compose("Bin weg.", subject="[#1] It broke", to=ELSEWHERE, headers=away)
    await intake.send(absent, ELSEWHERE)
    left_out, reply = [it.body for it in (await intake.messages(1, OTHER))[1:]]
    assert left_out.splitlines() == [
        "Diese Dateien der E-Mail sind nur in ihrem Original:",
        "- run.exe: ist von einer Art, die diese Organisation nicht annimmt",
    ]
    assert reply == "Automatische Antwort von dora@shop.example\n\nBin weg."


async def test_files_of_a_mail_are_attached_and_refused_ones_are_named(intake: Intake) -> None:
    mail = compose("See the picture.")
    mail.add_attachment(b"%PDF-1.4 a", maintype="application", subtype="pdf", filename="a.pdf")
    mail.add_attachment(
        b"MZ\x90\x00", maintype="application", subtype="x-dosexec", filename="b.exe"
    )
    await intake.send(mail)
    assert [it.name for it in await intake.attachments()] == ["a.pdf"]
    (note,) = await intake.messages()
    assert note.kind is MessageKind.NOTE
    assert "b.exe" in note.body


PASSED = "mx.acme.example; dmarc=pass header.from="


async def test_an_agents_proved_mail_is_the_agents_reply(intake: Intake) -> None:
    await intake.send(compose())
    address = await reply_address(intake, 1, intake.ana.id or 0)
    proof = [("Authentication-Results", PASSED + "acme.example")]
    mail = compose("We are on it.", sender="Ana <ana@acme.example>", headers=proof)
    await intake.send(mail, address)
    (message,) = await intake.messages()
    assert message.author.id == intake.ana.id
    assert (await intake.ticket()).first_response_at is not None


async def test_an_agents_answer_on_its_own_request_is_the_requesters(intake: Intake) -> None:
    proof = [("Authentication-Results", PASSED + "acme.example")]
    ana = "Ana <ana@acme.example>"
    await intake.send(compose("My screen broke.", sender=ana, headers=proof))
    await intake.send(compose("It still is.", sender=ana, subject="[#1]"))
    (message,) = await intake.messages()
    assert (await intake.ticket()).first_response_at is None
    assert not message.source.verified  # type: ignore[union-attr]


BOUNCE = b"""From: MAILER-DAEMON@mx.acme.example
To: %s
Subject: Undelivered Mail
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

It did not work.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.acme.example

Final-Recipient: rfc822; dora@shop.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: %s
Subject: Re: It broke

--b--
"""


async def test_a_bounce_marks_the_message_and_makes_no_ticket(intake: Intake) -> None:
    await intake.send(compose())
    reply = AddMessage(body="We look into it.")
    done = await intake.desk.write(
        intake.ana, lambda work: ticket_commands.execute_command(work, 1, reply)
    )
    named = await mail_id(intake, 1, done.message_seq or 0, done.ticket.customer_id)
    await intake.send(BOUNCE % (HELP.encode(), named.encode()), sender="")
    (message,) = await intake.messages()
    assert message.undelivered
    forged = named.replace(".", "a.", 1).encode()
    await intake.send(BOUNCE % (HELP.encode(), forged), sender="")
    assert [(it.state, it.reason) for it in await intake.mails()][1:] == [
        ("bounce", None),
        ("held", "bounce"),
    ]


async def test_a_database_that_is_away_defers_mail(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise Unavailable("The database is away.")

    monkeypatch.setattr(intake.desk, "write", fail)
    assert await intake.send(compose(), HELP, SALES) == dict.fromkeys((HELP, SALES), TRY_AGAIN)
    monkeypatch.setattr(intake.database, "read_few", fail)
    assert await intake.send(compose()) == {HELP: TRY_AGAIN}
    monkeypatch.undo()
    assert await intake.send(compose()) == {}


async def test_smtp_answers_once_for_all_recipients(intake: Intake) -> None:
    listener = MailListener(intake.gateway, parse_mail_listen("smtp://127.0.0.1:0"), 100_000)
    await listener.open()
    port = int(listener.url.rpartition(":")[2])
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as client:
        errors, _ = await client.sendmail(
            "dora@shop.example", [HELP, "nobody@acme.example", ELSEWHERE], compose().as_bytes()
        )
        assert {to: it.code for to, it in errors.items()} == {"nobody@acme.example": 550}
    await listener.close()
    assert len(await intake.mails(ORG)) == len(await intake.mails(OTHER)) == 1


async def test_mail_comes_over_a_unix_socket_and_a_stale_one_is_replaced(
    intake: Intake, tmp_path: Path
) -> None:
    path = tmp_path / "lmtp"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    listener = MailListener(intake.gateway, parse_mail_listen(f"lmtp://{path}"), 100_000)
    await listener.open()
    reader, writer = await asyncio.open_unix_connection(path)
    assert (await reader.readline()).startswith(b"220")
    writer.close()
    await writer.wait_closed()
    await listener.close()
    assert not path.exists()
