"""Reads mail from an IMAP mailbox (RFC 9051): a mail is marked as seen after it was committed.

Whatever happens before that mark, the mail is found again, and the gateway knows it.
"""

from typing import Final

import structlog

from common.errors import Unavailable
from server.jobs.worker import BackgroundWorker
from server.mail_intake.imap_connection import (
    SILENCE_SECONDS,
    ImapConnection,
    ImapFailure,
    ImapRefusal,
)
from server.mail_intake.mail_addresses import ImapMailbox
from server.mail_intake.mail_gateway import MailGateway
from server.monitoring.incident_log import IncidentLog

POLL_SECONDS: Final = 15.0
_MAILS_AT_ONCE: Final = 50
logger = structlog.get_logger()


class ImapPoller:
    """A background job that takes the unseen mails of one mailbox, oldest first."""

    def __init__(
        self,
        gateway: MailGateway,
        mailbox: ImapMailbox,
        max_bytes: int,
        poll_seconds: float = POLL_SECONDS,
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        self._gateway = gateway
        self._mailbox = mailbox
        self._connection = ImapConnection(mailbox, silence_seconds)
        self._max_bytes = max_bytes
        self._passed_over: set[int] = set()
        """Mails that this server does not take; they stay unseen for a person to look at."""
        self._incidents = IncidentLog()
        self._worker = BackgroundWorker("imap", self._poll, poll_seconds)

    def start(self) -> None:
        self._worker.start()

    async def stop(self) -> None:
        """Stops; a mail that was not committed is unseen still."""
        await self._worker.stop()

    async def _poll(self) -> bool:
        try:
            async with self._connection.open_folder():
                return await self._take_mails()
        except ImapFailure as error:
            self._incidents.report_failure(
                "mailbox not read", error.kind, reason=str(error), host=self._mailbox.host
            )
            return False

    async def _take_mails(self) -> bool:
        new = [uid for uid in await self._connection.list_unseen() if uid not in self._passed_over]
        for uid in new[:_MAILS_AT_ONCE]:
            try:
                await self._take_mail(uid)
            except ImapRefusal as refusal:  # of this mail: it does not stop those behind it
                self._incidents.report_failure("mail not read", uid, uid=uid, error=str(refusal))
        return len(new) > _MAILS_AT_ONCE

    async def _take_mail(self, uid: int) -> None:
        """Takes one mail. Raises Unavailable where the database cannot take it now."""
        size = await self._connection.fetch_size(uid)
        if size is not None and size > self._max_bytes:
            self._pass_over(uid, "it is too large")
            return
        content = await self._connection.fetch_mail(uid)
        if content is None:
            return  # somebody has deleted it meanwhile
        recipients = await self._gateway.find_recipients(content, self._mailbox.user)
        if not recipients:
            self._pass_over(uid, "it is for no inbox")
            return
        for result in (await self._gateway.accept(content, recipients)).values():
            if isinstance(result, Unavailable):
                raise result
        await self._connection.mark_seen(uid)

    def _pass_over(self, uid: int, reason: str) -> None:
        self._passed_over.add(uid)
        logger.warning("mail left in the mailbox", uid=uid, reason=reason)
