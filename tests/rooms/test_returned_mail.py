"""Mails of ours that come back: after a merge of customers or tickets, and digests."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from common.accounts import AddAddress, MergeUser
from common.mail_in import CreateInbox
from common.people import Actor, Role
from common.tickets.merging import MergeTicket, UnmergeTicket
from common.tickets.replying import AddMessage
from common.tickets.ticket import Ticket, WaitingOn
from server.desk.mail import inbox_admin, mail_acceptance
from server.desk.mail.incoming_mail import IncomingMail
from server.desk.people import address_changes, person_merging
from server.mail_reading.mail_reader import read_mail
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.mail import inboxes
from server.storage.queries.mail.inbound_mails import InboundMail
from server.storage.queries.organization.installation_secrets import MAIL_KEY, InstallationSecret
from server.storage.queries.person import undelivered_mail
from server.storage.queries.ticket import messages, tickets
from server.storage.queries.ticket.messages import MessageSlice
from tests.support.local_desk import ORG, SYSTEM
from tests.support.mail_desk import Mailroom, mailroom
from tests.support.smtp_server import Mail, Mailbox

HELP = "help@acme.example"
REPORT = """\
From: MAILER-DAEMON@mx.example
To: {back}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{number}@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I'm sorry to have to inform you.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{to}>: user unknown

--b
Content-Type: text/rfc822-headers

Message-ID: {id}

--b--
"""


@pytest.fixture
async def room(desk_url: str, box: Mailbox) -> AsyncIterator[Mailroom]:
    async with mailroom(desk_url, box) as made:
        await made.do(SYSTEM, lambda work: inbox_admin.create_inbox(work, CreateInbox(HELP)))
        yield made


async def come_back(room: Mailroom, mail: Mail, to: str = "") -> InboundMail:
    """The report of a mail's delivery, about the address `to` if another one is given."""
    values = {"back": mail.return_path, "to": to or mail.to, "id": mail.id, "number": id(mail)}
    content = REPORT.format_map(values).encode()
    inbox = await room.database.read_snapshot(lambda it: inboxes.find_inbox(it, HELP))
    assert inbox is not None
    secret = await InstallationSecret(room.database, MAIL_KEY).get()
    came = IncomingMail(content=content, read=read_mail(content, ""), inbox=inbox, secret=secret)
    return (await room.do(SYSTEM, lambda work: mail_acceptance.accept_mail(work, came))).mail


async def reply(room: Mailroom, box: Mailbox, number: int, words: str = "Try again.") -> Mail:
    """Returns the mail with an agent's reply, after which the ticket waits for its customer."""
    before = len(box.mails)
    said = AddMessage(words, waiting_on=WaitingOn.CUSTOMER)
    ticket = await room.act(room.ana, number, said)
    [written] = [it for it in await read_replies(room, number) if it[1] == words]
    customer = replace(room.carla, id=ticket.customer_id)
    await room.owe(customer, replace(ticket, last_seq=written[0]))
    await room.later()
    assert len(box.mails) == before + 1
    return box.mails[-1]


async def read_replies(room: Mailroom, number: int) -> list[tuple[int, str, bool]]:
    """Every reply of a ticket: its seq, its words, and whether it is marked as undelivered."""
    which = MessageSlice(newest_first=False, notes=False)
    found = await room.database.read_snapshot(
        lambda it: messages.list_messages(it, ORG, number, which, 0, 100)
    )
    return [(it.seq, it.body, bool(it.undelivered)) for it in found]


async def stopped(room: Mailroom, *addresses: str) -> list[bool]:
    """Says of each address whether nothing is sent to it any more."""

    def job(reading: ReadTransaction) -> list[bool]:
        found = [undelivered_mail.find_undeliverable_address(reading, ORG, it) for it in addresses]
        return [it is not None for it in found]

    return await room.database.read_snapshot(job)


async def now(room: Mailroom, number: int) -> Ticket:
    found = await room.database.read_snapshot(lambda it: tickets.find_ticket(it, ORG, number))
    assert found is not None
    return found


async def merge_carla(room: Mailroom) -> Actor:
    zoe = await room.join("Zoe", Role.CUSTOMER)
    into = MergeUser(zoe.id or 0)
    await room.do(room.ana, lambda it: person_merging.merge_person(it, room.carla.id or 0, into))
    return zoe


async def test_a_bounce_after_a_merge_of_customers_stops_the_address_that_bounced(
    room: Mailroom, box: Mailbox
) -> None:
    number = (await room.file()).number
    mail = await reply(room, box, number)
    zoe = await merge_carla(room)
    before = await now(room, number)
    assert before.unanswered_since is None
    assert (await come_back(room, mail)).number == number
    assert await stopped(room, "carla@example.test", zoe.email or "") == [True, False]
    placeholder = f"merged-{ORG}-{room.carla.id}@invalid"
    assert await stopped(room, placeholder) == [False]
    # It was the ticket's customer who did not get the reply.
    after = await now(room, number)
    assert (after.waiting_on, after.undelivered_at is not None) == (WaitingOn.AGENT, True)
    assert [it[2] for it in await read_replies(room, number)] == [True]
    # The other address still gets mail.
    again = await reply(room, box, number, "Once more.")
    assert again.to == zoe.email


async def test_of_several_addresses_the_reported_one_is_stopped_and_no_strange_one(
    room: Mailroom, box: Mailbox
) -> None:
    number = (await room.file()).number
    first, second = [await reply(room, box, number, it) for it in ("One.", "Two.")]
    new = AddAddress("carla@home.example", primary=True)
    await room.do(SYSTEM, lambda it: address_changes.add_address(it, room.carla.id or 0, new))
    await come_back(room, first)
    assert await stopped(room, "carla@example.test", new.address) == [True, False]
    await come_back(room, second, to="somebody@else.example")
    assert await stopped(room, "somebody@else.example", new.address) == [False, True]


async def test_a_bounce_of_a_digest_marks_what_was_in_it(room: Mailroom, box: Mailbox) -> None:
    first, second = await room.file(subject="First"), await room.file(subject="Second")
    for ticket in (first, second):
        said = AddMessage(f"About {ticket.subject}", waiting_on=WaitingOn.CUSTOMER)
        told = await room.act(room.ana, ticket.number, said)
        [(seq, _, _)] = await read_replies(room, ticket.number)
        await room.owe(room.carla, replace(told, last_seq=seq), digest=True)
        await room.owe(room.bo, replace(told, last_seq=seq), digest=True)
    await room.later()
    [mail] = box.of("carla@example.test")
    assert mail.return_path == HELP
    came = await come_back(room, mail)
    assert (came.state, came.number) == ("bounce", None)
    for ticket in (first, second):
        assert [it[2] for it in await read_replies(room, ticket.number)] == [True]
        assert (await now(room, ticket.number)).unanswered_since == ticket.created_at
    assert await stopped(room, "carla@example.test", "bo@example.test") == [True, False]
    forged = Mail(mail.to, mail.message, mail.return_path)
    del forged.message["Message-ID"]
    forged.message["Message-ID"] = mail.id.replace("digest.", "digest.1")
    assert (await come_back(room, forged)).state == "held"


async def test_a_bounce_on_a_merged_ticket_makes_the_survivor_wait(
    room: Mailroom, box: Mailbox
) -> None:
    survivor, merged = (await room.file()).number, (await room.file(subject="Again")).number
    await room.act(room.ana, survivor, AddMessage("Done.", waiting_on=WaitingOn.CUSTOMER))
    mail = await reply(room, box, merged)
    await room.act(room.ana, merged, MergeTicket(survivor))
    assert (await now(room, survivor)).unanswered_since is None
    room.now += timedelta(hours=3)
    await come_back(room, mail)
    after = await now(room, survivor)
    assert after.unanswered_since == room.now
    assert (after.waiting_on, after.undelivered_at) == (WaitingOn.AGENT, room.now)
    assert after.sla is not None
    assert after.sla.next_response is not None
    assert after.sla.next_response.ended_at is None
    # The merged ticket's own state says the same when the merge is undone.
    opened = (await now(room, merged)).created_at
    await room.act(room.ana, merged, UnmergeTicket())
    assert (await now(room, merged)).unanswered_since == opened


async def test_a_reply_since_the_merge_answers_what_was_lost_before(
    room: Mailroom, box: Mailbox
) -> None:
    survivor, merged = (await room.file()).number, (await room.file(subject="Again")).number
    mail = await reply(room, box, merged)
    await room.act(room.ana, merged, MergeTicket(survivor))
    answered = await room.act(room.ana, survivor, AddMessage("To both."))
    await come_back(room, mail)
    assert (await now(room, survivor)).last_seq == answered.last_seq
    assert [it[2] for it in await read_replies(room, merged)] == [True]
