"""Mails lead back: to the ticket's page, to the inbox by a signed address, and to the thread."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from common.people import Role
from common.tickets.replying import AddMessage
from common.tickets.ticket import Ticket
from server.domain.mail_ids import read_mail_id
from server.domain.reply_addresses import split_reply_address
from server.domain.ticket_links import read_ticket_link
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.mail import inboxes
from server.storage.queries.mail.inboxes import MailInbox
from server.storage.queries.organization.installation_secrets import (
    MAIL_KEY,
    RATING_LINK_KEY,
    InstallationSecret,
)
from server.storage.queries.ticket import participants
from tests.support.local_desk import ORG
from tests.support.mail_desk import Mailroom, mailroom
from tests.support.marks import own_on_sqlite
from tests.support.smtp_server import Mail, Mailbox


@pytest.fixture
async def room(desk_url: str, box: Mailbox) -> AsyncIterator[Mailroom]:
    async with mailroom(desk_url, box, language="de") as made:
        yield made


async def open_inbox(room: Mailroom) -> None:
    def job(writing: WriteTransaction) -> None:
        made = MailInbox(
            org_id=ORG, id=1, address="hilfe@acme.test", category="general", created_at=0
        )
        inboxes.add_inbox(writing, made)

    await room.database.write(job)


async def mailed_reply(room: Mailroom, box: Mailbox, number: int) -> Mail:
    """The mail with an agent's reply."""
    said = await room.act(room.ana, number, AddMessage("Ist er eingesteckt?"))
    await owe_reply(room, said)
    await room.later()
    return box.mails[-1]


async def owe_reply(room: Mailroom, said: Ticket) -> None:
    # The reply also began the work: its own event is the one before.
    await room.owe(room.carla, replace(said, last_seq=said.last_seq - 1))


async def secret(room: Mailroom, name: str) -> str:
    return await InstallationSecret(room.database, name).get()


@own_on_sqlite
async def test_an_answer_comes_back_to_the_ticket_by_address_and_by_id(
    room: Mailroom, box: Mailbox
) -> None:
    await open_inbox(room)
    number = (await room.file(subject="Drucker brennt")).number
    mail = await mailed_reply(room, box, number)
    key = await secret(room, MAIL_KEY)
    inbox, tag = split_reply_address(mail.message["Reply-To"].addresses[0].addr_spec)
    assert (inbox, tag and tag.number, tag and tag.person_id) == (
        "hilfe@acme.test",
        number,
        room.carla.id,
    )
    assert mail.return_path == mail.message["Reply-To"].addresses[0].addr_spec
    named = read_mail_id(mail.id.strip("<>"), key)
    assert named is not None
    assert (named.signed, named.number, named.person_id) == (True, number, room.carla.id)
    assert "Zum Antworten genügt eine Antwort auf diese E-Mail." in mail.text
    assert "nicht gelesen" not in mail.text
    assert 'lang="de"' in mail.html


@own_on_sqlite
async def test_without_an_inbox_the_mail_says_that_nobody_reads_its_address(
    room: Mailroom, box: Mailbox
) -> None:
    mail = await mailed_reply(room, box, (await room.file()).number)
    assert mail.message["Reply-To"] is None
    assert mail.return_path == "support@desk.example"
    assert "E-Mails an diese Adresse werden nicht gelesen." in mail.text


@own_on_sqlite
async def test_the_link_opens_the_ticket_for_the_person_who_got_it(
    room: Mailroom, box: Mailbox
) -> None:
    number = (await room.file()).number
    mail = await mailed_reply(room, box, number)
    [line] = [it for it in mail.text.splitlines() if it.startswith(f"Ticket #{number}: ")]
    token = line.rpartition("/t/")[2]
    link = read_ticket_link(token, await secret(room, RATING_LINK_KEY))
    assert link is not None
    assert (link.org_id, link.number, link.person_id) == (ORG, number, room.carla.id)
    assert f"/t/{token}" in mail.html


@own_on_sqlite
async def test_a_participant_gets_replies_and_no_notes_with_a_link_of_its_own(
    room: Mailroom, box: Mailbox
) -> None:
    number = (await room.file()).number
    zoe = await room.join("Zoe", Role.CUSTOMER)
    zoe_id = zoe.id or 0
    await room.database.write(lambda it: participants.add_participant(it, ORG, number, zoe_id))
    said = await room.act(room.ana, number, AddMessage("Ist er eingesteckt?"))
    await room.owe(zoe, replace(said, last_seq=said.last_seq - 1))
    await room.owe(zoe, said)  # that the work began is not a participant's to know
    await room.later()
    [mail] = box.of("zoe@example.test")
    assert mail.text.startswith("Ist er eingesteckt?")
    token = mail.text.partition("/t/")[2].split()[0]
    link = read_ticket_link(token, await secret(room, RATING_LINK_KEY))
    assert link is not None
    assert link.person_id == zoe_id


@own_on_sqlite
async def test_a_relay_that_does_not_take_the_inboxs_sender_gets_ours(
    room: Mailroom, box: Mailbox
) -> None:
    await open_inbox(room)
    box.refuses_sender = lambda address: address.endswith("@acme.test")
    mail = await mailed_reply(room, box, (await room.file()).number)
    assert mail.return_path == "support@desk.example"
    assert mail.message["Reply-To"] is not None
