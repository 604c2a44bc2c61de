"""A desk that sends mails, in this process, with a clock that a test sets."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from common.people import Actor, Role
from common.preferences import NotificationPreference, Notifications
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.ticket import Status, Ticket
from server.delivery.mail.mail_sender import MailSender
from server.delivery.mail.smtp_settings import parse_relay_url, parse_sender
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain import notification_preferences
from server.domain.timestamps import to_microseconds
from server.monitoring.metrics import Metrics
from server.storage.engine.database import Database
from server.storage.engine.statement import Statement
from server.storage.queries.mail import mails
from server.storage.tables.notification_tables import MailModel, SurveyModel
from tests.support.local_desk import ORG, SYSTEM, LocalDesk
from tests.support.smtp_server import Mailbox

T = TypeVar("T")
BEGIN = datetime(2026, 6, 1, 9, tzinfo=UTC)
SILENT = Notifications(
    customers=tuple(
        NotificationPreference(kind, relation, ())
        for kind, relation in notification_preferences.CUSTOMER_DEFAULTS
    )
)
"""Nobody is told of anything by itself: a test says which mail is owed."""
_STATES = Statement(
    MailModel.select(MailModel.state, MailModel.attempts, MailModel.error).order_by(MailModel.id)
)
_SURVEYS = Statement(
    SurveyModel.select(SurveyModel.state, SurveyModel.resolver_id).order_by(SurveyModel.seq)
)


class Mailroom(LocalDesk):
    """Acme with the agents Ana and Bo and the customer Carla, and as many senders as one likes."""

    mail = True

    def __init__(self, url: str, database: Database, mailbox: Mailbox) -> None:
        super().__init__(url, database)
        self.mailbox = mailbox
        self.now = BEGIN
        self.sender = self.server(database)
        self.ana = self.bo = self.carla = SYSTEM

    def server(self, database: Database, relay: str = "", *, is_alone: bool = False) -> MailSender:
        """A sender as each server has one."""
        return MailSender(
            database,
            self.make_desk(database),
            self.clock,
            Metrics(),
            relay=parse_relay_url(relay or self.mailbox.url),
            sender=parse_sender("support@desk.example"),
            public_url=lambda: "https://desk.example",
            is_alone=is_alone,
        )

    async def close(self) -> None:
        await self.sender.stop()

    async def do(self, actor: Actor, job: Callable[[UnitOfWork], T]) -> T:
        """One write, a second after the one before."""
        self.now += timedelta(seconds=1)
        return await super().do(actor, job)

    async def file(self, actor: Actor | None = None, subject: str = "It broke") -> Ticket:
        command = FileTicket(subject, "Please help.")
        return await self.create(actor or self.carla, command)

    async def resolve(self, number: int, actor: Actor | None = None) -> Ticket:
        return await self.act(actor or self.ana, number, EditTicket(status=Status.RESOLVED))

    async def owe(
        self, who: Actor, ticket: Ticket, reason: str = "customer", **fields: Any
    ) -> None:
        """A mail about the ticket's last event."""
        place = {"org_id": ORG, "user_id": who.id, "number": ticket.number, "seq": ticket.last_seq}
        owed = {**place, "reason": reason, "due_at": to_microseconds(self.now), **fields}
        await self.do(SYSTEM, lambda work: mails.queue_mail(work.writing, **owed))

    async def later(self, **by: float) -> None:
        """Time passes, and then all is sent that is due."""
        self.now += timedelta(**by)
        while await self.sender.send_due_mails():
            pass

    async def states(self) -> list[str]:
        """Every mail's, in their order."""
        return [row[0] for row in await self.mails()]

    async def mails(self) -> list[tuple[str, int, str | None]]:
        """Every mail's state, attempts and error."""
        rows = await self.database.read_snapshot(lambda reading: reading.fetch_rows(_STATES))
        return [(row[0], row[1], row[2]) for row in rows]

    async def surveys(self) -> list[tuple[str, int | None]]:
        """Every survey's state, and whose work it is about."""
        rows = await self.database.read_snapshot(lambda reading: reading.fetch_rows(_SURVEYS))
        return [(row[0], row[1]) for row in rows]


@asynccontextmanager
async def mailroom(url: str, mailbox: Mailbox, **settings: Any) -> AsyncIterator[Mailroom]:
    async with Mailroom.open(url, mailbox, notifications=SILENT, **settings) as made:
        made.ana, made.bo = await made.join("Ana", Role.AGENT), await made.join("Bo", Role.AGENT)
        made.carla = await made.join("Carla", Role.CUSTOMER)
        yield made
