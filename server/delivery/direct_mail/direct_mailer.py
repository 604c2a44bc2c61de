"""Sends codes and links at once, without the outbox.

The outbox holds ids of people and events, and sends late rather than never. A code is for an
address that may belong to nobody yet, must not be stored, and is of no use after a quarter of an
hour: so it is kept in memory, tried a few times, and then dropped. Whoever misses it asks again.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Final

from common.errors import NotFound
from common.organization import OrganizationSettings
from server.clock import Clock
from server.delivery.direct_mail import direct_texts
from server.delivery.mail.mail_document import MailDocument
from server.delivery.mail.mime_message import MailThread, UndeliverableAddress, build_message
from server.delivery.mail.smtp_client import (
    MailDeferred,
    MailRefused,
    RelayUnreachable,
    SmtpConnection,
)
from server.delivery.mail.smtp_settings import Relay, Sender
from server.domain.ticket_links import make_ticket_link
from server.monitoring.incident_log import IncidentLog
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.organization import organizations
from server.storage.queries.organization.installation_secrets import InstallationSecret
from server.storage.queries.person import people
from server.storage.queries.ticket import customer_tickets
from server.storage.queries.ticket.customer_tickets import BEFORE_ALL, CustomerPage

RETRY_SECONDS: Final = (5.0, 30.0, 120.0)
"""The pauses between attempts: a relay that greylists takes a mail again after a minute or two."""
MOST_AT_ONCE: Final = 200
"""Mails under way; more are dropped, since somebody floods us."""
_ID_BYTES: Final = 12


class DirectMailer:
    """Sends mails in the background; every public method returns at once."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        secret: InstallationSecret,
        *,
        relay: Relay,
        sender: Sender,
        public_url: Callable[[], str],
    ) -> None:
        self._database = database
        self._clock = clock
        self._secret = secret
        self._relay = relay
        self._sender = sender
        self._public_url = public_url
        self._tasks: set[asyncio.Task[None]] = set()
        self._incidents = IncidentLog()

    def send_code(self, org_id: int, email: str, code: str) -> None:
        """Mails a code that proves the address."""
        self._start(self._mail_code(org_id, email, code))

    def send_ticket_link(self, org_id: int, number: int, person_id: int) -> None:
        """Mails a person a new link to a ticket; nothing where it is not theirs any more.

        Somebody who was merged into another customer is that customer.
        """
        self._start(self._mail_ticket_link(org_id, number, person_id))

    async def stop(self) -> None:
        """Drops what is under way: nobody waits for a code across a restart."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, job: Coroutine[Any, Any, None]) -> None:
        if len(self._tasks) >= MOST_AT_ONCE:
            job.close()
            self._incidents.report_failure("mail dropped", reason="too many at once")
            return
        task = asyncio.create_task(self._run(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, job: Coroutine[Any, Any, None]) -> None:
        try:
            await job
        except Exception as error:  # noqa: BLE001 - a mail that fails is logged, and asked for again
            self._incidents.report_failure("mail not sent", type(error), exc_info=error)

    async def _mail_code(self, org_id: int, email: str, code: str) -> None:
        try:
            settings = await self._database.read_one(
                lambda reading: organizations.read_settings(reading, org_id)
            )
        except NotFound:
            return
        await self._send(org_id, settings, email, direct_texts.write_code_mail(settings, code))

    async def _mail_ticket_link(self, org_id: int, number: int, person_id: int) -> None:
        def job(reading: ReadTransaction) -> CustomerPage | None:
            person = people.find_person(reading, org_id, person_id)
            if person is None:
                return None
            return customer_tickets.find_customer_page(
                reading, org_id, number, person.merged_into or person.id, BEFORE_ALL, 1
            )

        page = await self._database.read_few(job)
        if page is None or not page.may_be_opened or not page.reader.email:
            return
        reader_id = page.reader.id or 0
        link = make_ticket_link(org_id, number, reader_id, page.link_generation, self._clock())
        url = f"{self._public_url()}/t/{link.sign_token(await self._secret.get())}"
        document = direct_texts.write_link_mail(page.settings, number, url)
        await self._send(org_id, page.settings, page.reader.email, document)

    async def _send(
        self, org_id: int, settings: OrganizationSettings, to: str, document: MailDocument
    ) -> None:
        """Hands a mail to the relay, and tries again where the relay puts it off."""
        try:
            message = build_message(
                document,
                sender=self._sender,
                organization=settings.name,
                to=to,
                thread=MailThread(f"{org_id}.direct.{secrets.token_hex(_ID_BYTES)}"),
                at=self._clock(),
            )
        except UndeliverableAddress:
            return
        for pause in (*RETRY_SECONDS, None):
            try:
                async with SmtpConnection(self._relay, self._sender) as to_relay:
                    await to_relay.send_message(message, to, self._sender.address)
            except (MailDeferred, RelayUnreachable) as error:
                if pause is None:
                    self._incidents.report_failure("mail not sent", error=str(error))
                    return
                await asyncio.sleep(pause)
            except MailRefused as error:
                self._incidents.report_failure("mail not sent", error=str(error))
                return
            else:
                return
