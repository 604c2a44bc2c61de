"""Reads mail from an IMAP mailbox (RFC 9051): a mail is marked as seen after it was committed.

Whatever happens before that mark, the mail is found again, and the gateway knows it.
"""

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from aioimaplib import IMAP4, IMAP4_SSL, Error

from common.errors import Unavailable
from server.jobs.worker import BackgroundWorker
from server.mail_intake.mail_addresses import ImapMailbox
from server.mail_intake.mail_gateway import MailGateway
from server.monitoring.incident_log import IncidentLog

POLL_SECONDS: Final = 15.0
_TIMEOUT_SECONDS: Final = 60.0
_MAILS_AT_ONCE: Final = 50
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")
logger = structlog.get_logger()


class ImapFailure(Exception):
    """The mailbox cannot be read now; the message says why."""


class ImapPoller:
    """A background job that takes the unseen mails of one mailbox, oldest first."""

    def __init__(
        self,
        gateway: MailGateway,
        mailbox: ImapMailbox,
        max_bytes: int,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._gateway = gateway
        self._mailbox = mailbox
        self._max_bytes = max_bytes
        self._passed_over: set[str] = set()
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
            async with _open_mailbox(self._mailbox) as client:
                return await self._take_mails(client)
        except (ImapFailure, Error, OSError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            self._incidents.report_failure("mailbox not read", reason, host=self._mailbox.host)
            return False

    async def _take_mails(self, client: Any) -> bool:
        found = _check(await client.uid_search("UNSEEN", charset=None), "SEARCH")
        uids = [it.decode() for it in (found[0] if found else b"").split() if it.isdigit()]
        new = [uid for uid in uids if uid not in self._passed_over]
        for uid in new[:_MAILS_AT_ONCE]:
            try:
                await self._take_mail(client, uid)
            except ImapFailure as refusal:  # of this mail: it does not stop those behind it
                self._incidents.report_failure("mail not read", uid, uid=uid, error=str(refusal))
        return len(new) > _MAILS_AT_ONCE

    async def _take_mail(self, client: Any, uid: str) -> None:
        """Takes one mail. Raises Unavailable where the database cannot take it now."""
        size = _SIZE.search(
            b" ".join(_check(await client.uid("fetch", uid, "(RFC822.SIZE)"), "FETCH"))
        )
        if size is not None and int(size[1]) > self._max_bytes:
            self._pass_over(uid, "it is too large")
            return
        lines = _check(await client.uid("fetch", uid, "(BODY.PEEK[])"), "FETCH")
        content = next((bytes(it) for it in lines if isinstance(it, bytearray)), None)
        if content is None:
            return  # somebody has deleted it meanwhile
        recipients = await self._gateway.find_recipients(content, self._mailbox.user)
        if not recipients:
            self._pass_over(uid, "it is for no inbox")
            return
        for result in (await self._gateway.accept(content, recipients)).values():
            if isinstance(result, Unavailable):
                raise result
        _check(await client.uid("store", uid, "+FLAGS.SILENT", r"(\Seen)"), "STORE")

    def _pass_over(self, uid: str, reason: str) -> None:
        self._passed_over.add(uid)
        logger.warning("mail left in the mailbox", uid=uid, reason=reason)


@asynccontextmanager
async def _open_mailbox(mailbox: ImapMailbox) -> AsyncIterator[Any]:
    """Signs in and selects the folder. Raises ImapFailure, OSError and TimeoutError."""
    client = _connect(mailbox)
    try:
        await client.wait_hello_from_server()
        _check(await client.login(mailbox.user, mailbox.password), "LOGIN")
        _check(await client.select(_quote(mailbox.folder)), "SELECT")
        yield client
        await client.logout()
    finally:
        transport = client.protocol.transport
        if transport is not None:
            transport.close()


def _connect(mailbox: ImapMailbox) -> Any:
    if mailbox.tls:
        context = ssl.create_default_context()
        return IMAP4_SSL(mailbox.host, mailbox.port, timeout=_TIMEOUT_SECONDS, ssl_context=context)
    return IMAP4(mailbox.host, mailbox.port, timeout=_TIMEOUT_SECONDS)


def _check(response: Any, command: str) -> list[bytes]:
    """Returns the lines of a response. Raises ImapFailure for a refusal."""
    if response.result != "OK":
        said = b" ".join(bytes(it) for it in response.lines[-1:]).decode(errors="replace")
        raise ImapFailure(f"{command} was refused: {said[:200]}")
    return list(response.lines)


def _quote(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
