"""An organization that takes mail, in this process, and a mail server that delivers to it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

from common.accounts import CreateUser
from common.mail_in import CreateInbox
from common.organization import OrganizationSettings
from common.people import Actor, Role
from common.tickets.ticket import Ticket
from common.wire import MessageView
from server.clock import utc_now
from server.desk.desk import Desk
from server.desk.mail import inbox_admin
from server.desk.people import accounts
from server.mail_intake.mail_addresses import parse_mail_listen
from server.mail_intake.mail_gateway import MailGateway
from server.mail_intake.mail_listener import MailListener
from server.mail_intake.sender_proof import SenderProof
from server.provisioning import provision_organization
from server.storage.connect import open_database
from server.storage.engine.database import Database
from server.storage.engine.statement import Statement
from server.storage.files.attachment_storage import AttachmentStorage
from server.storage.files.disk_store import DiskStore
from server.storage.queries.attachment import attachments
from server.storage.queries.attachment.attachments import Attachment
from server.storage.queries.mail import inbound_mails
from server.storage.queries.mail.inbound_mails import InboundMail
from server.storage.queries.person import people
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.person.people import Person
from server.storage.queries.ticket import messages, participants, tickets
from server.storage.queries.ticket.messages import MessageSlice
from server.storage.tables.desk_tables import UserModel
from server.storage.tables.notification_tables import MailModel

ORG, OTHER = 4821, 4822
HELP, SALES, ELSEWHERE = "help@acme.example", "sales@acme.example", "help@other.example"
ALL = MessageSlice(newest_first=False, notes=True)


class Intake:
    """Acme with the agent Ana and two inboxes, and an organization in German with one."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.desk = Desk(database, self.clock, lambda _: None, mail=True)
        self.proof = SenderProof("mx.acme.example")
        self.files = AttachmentStorage(database, DiskStore(folder), self.clock, 1_000_000)
        self.gateway = MailGateway(database, self.desk, self.proof, self.files)
        self.listener = MailListener(self.gateway, parse_mail_listen("lmtp://127.0.0.1:0"), 100_000)
        self.skew = timedelta()
        self.ana = make_system_actor(ORG)

    def clock(self) -> datetime:
        return utc_now() + self.skew

    async def prepare(self) -> None:
        for org_id, name in ((ORG, "Acme"), (OTHER, "Other")):
            settings = OrganizationSettings(name=name, language="en" if org_id == ORG else "de")
            admin = f"admin@{name.lower()}.example"
            await provision_organization(self.database, utc_now, settings, org_id, admin, "hash")
        for org_id, address in ((ORG, HELP), (ORG, SALES), (OTHER, ELSEWHERE)):
            await self.do(org_id, partial(inbox_admin.create_inbox, command=CreateInbox(address)))
        command = CreateUser(email="ana@acme.example", name="Ana", role=Role.AGENT)
        made = await self.do(ORG, lambda work: accounts.create_user(work, command, None))
        self.ana = Actor(ORG, Role.AGENT, made.id, "Ana", made.email)
        await self.listener.open()

    async def do(self, org_id: int, job: Any) -> Any:
        return await self.desk.write(make_system_actor(org_id), job)

    async def read(self, job: Any) -> Any:
        return await self.database.read_snapshot(job)

    async def send(
        self, mail: EmailMessage | bytes, *recipients: str, sender: str = "dora@shop.example"
    ) -> dict[str, str]:
        """Sends a mail; answers what the server said to each recipient that it did not take."""
        content = mail if isinstance(mail, bytes) else mail.as_bytes()
        port = int(self.listener.url.rpartition(":")[2])
        replies = await deliver(content, list(recipients) or [HELP], port, sender)
        return {to: reply for to, reply in replies.items() if not reply.startswith("250")}

    async def mails(self, org_id: int = ORG) -> list[InboundMail]:
        def job(reading: Any) -> list[InboundMail]:
            last = inbound_mails.read_last_mail_id(reading, org_id) + 1
            found = (inbound_mails.find_inbound_mail(reading, org_id, it) for it in range(1, last))
            return [it for it in found if it is not None]

        return list(await self.read(job))

    async def ticket(self, number: int = 1, org_id: int = ORG) -> Ticket:
        found = await self.read(lambda reading: tickets.find_ticket(reading, org_id, number))
        assert found is not None
        return found  # type: ignore[no-any-return]

    async def description(self, number: int = 1, org_id: int = ORG) -> str:
        return str(
            await self.read(lambda reading: tickets.read_description(reading, org_id, number))
        )

    async def messages(self, number: int = 1, org_id: int = ORG) -> list[MessageView]:
        return list(
            await self.read(
                lambda reading: messages.list_messages(reading, org_id, number, ALL, 0, 50)
            )
        )

    async def person(self, person_id: int) -> Person:
        found = await self.read(lambda reading: people.find_person(reading, ORG, person_id))
        assert found is not None
        return found  # type: ignore[no-any-return]

    async def attachments(self, number: int = 1) -> list[Attachment]:
        return list(
            await self.read(lambda it: attachments.list_ticket_attachments(it, ORG, number))
        )

    async def mailed(self) -> set[str]:
        """The addresses of everybody to whom a mail is queued."""
        statement = Statement(
            UserModel.select(UserModel.email).join(
                MailModel,
                on=(MailModel.org_id == UserModel.org_id) & (MailModel.user_id == UserModel.id),
            )
        )
        return {row[0] for row in await self.read(lambda it: it.fetch_rows(statement))}

    async def participant_ids(self, number: int = 1) -> list[int]:
        found = await self.read(
            lambda reading: participants.read_participant_ids(reading, ORG, number)
        )
        return sorted(found)

    async def participants(self, number: int = 1) -> list[str]:
        found = await self.read(
            lambda reading: participants.list_participants(reading, ORG, number)
        )
        return [it.email for it in found]


@asynccontextmanager
async def open_intake(url: str, folder: Path) -> AsyncIterator[Intake]:
    database = open_database(url)
    intake = Intake(database, folder)
    try:
        await intake.prepare()
        yield intake
    finally:
        await intake.listener.close()
        await intake.gateway.close()
        intake.files.close()
        database.close()


async def deliver(
    content: bytes, recipients: list[str], port: int, sender: str = "dora@shop.example"
) -> dict[str, str]:
    """Delivers a mail over LMTP (RFC 2033), and answers the last reply to each recipient."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def say(line: str) -> str:
        writer.write(line.encode() + b"\r\n")
        return await hear()

    async def hear() -> str:
        while (line := (await reader.readline()).decode().strip())[3:4] == "-":
            pass
        return line

    try:
        assert (await hear()).startswith("220")
        assert (await say("LHLO mx.acme.example")).startswith("250")
        replies = {"": await say(f"MAIL FROM:<{sender}>")}
        if replies[""].startswith("250"):
            replies = {to: await say(f"RCPT TO:<{to}>") for to in recipients}
            taken = [to for to, reply in replies.items() if reply.startswith("250")]
            if taken:
                assert (await say("DATA")).startswith("354")
                lines = content.replace(b"\r\n", b"\n").split(b"\n")
                stuffed = [b"." + line if line.startswith(b".") else line for line in lines]
                writer.write(b"\r\n".join(stuffed) + b"\r\n.\r\n")
                replies |= {to: await hear() for to in taken}
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    return replies


def compose(
    body: str = "It does not work.",
    *,
    sender: str = "Dora Smith <dora@shop.example>",
    subject: str = "It broke",
    to: str = HELP,
    headers: Iterable[tuple[str, str]] = (),
) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    for name, value in headers:
        made[name] = value
    made.set_content(body)
    return made
