"""Listens for mail over LMTP (RFC 2033) or SMTP, on the server's event loop.

The site's mail server stands in front: it speaks to the world, and checks senders.
"""

import asyncio
from pathlib import Path
from typing import Any, Final

import structlog
from aiosmtpd.smtp import Session

from common.errors import Unavailable
from server.mail_intake.mail_addresses import ListenAddress
from server.mail_intake.mail_connection import (
    LmtpServerConnection,
    MailConnection,
    SmtpServerConnection,
)
from server.mail_intake.mail_gateway import InboxAddress, MailGateway

ACCEPTED: Final = "250 2.0.0 Accepted"
TRY_AGAIN: Final = "451 4.3.0 Try again later"
UNKNOWN: Final = "550 5.1.1 No such mailbox here"
logger = structlog.get_logger()
_TOO_MANY: Final = "452 4.5.3 Too many recipients"
_MOST_RECIPIENTS: Final = 100
_IDLE_SECONDS: Final = 300.0


class MailListener:
    """A listening socket; each mail is answered when it is in the database."""

    def __init__(self, gateway: MailGateway, where: ListenAddress, max_bytes: int) -> None:
        self._handler = _Handler(gateway)
        self._where = where
        self._max_bytes = max_bytes
        self._server: asyncio.Server | None = None
        self._connections: set[MailConnection] = set()

    async def open(self) -> None:
        """Begins to listen. Raises OSError."""
        loop, where = asyncio.get_running_loop(), self._where
        if where.path:
            _remove_socket(where.path)  # of a process that was killed
            self._server = await loop.create_unix_server(self._make_connection, where.path)
            _open_to_group(where.path)
        else:
            self._server = await loop.create_server(self._make_connection, where.host, where.port)

    @property
    def url(self) -> str:
        """The address that it listens on, with the port that the system chose for 0."""
        scheme = "lmtp" if self._where.lmtp else "smtp"
        if self._where.path or self._server is None:
            return f"{scheme}://{self._where.path}"
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    async def close(self) -> None:
        """Stops listening. A mail that is not answered by now comes again from its sender."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._connections):
            connection.hang_up()
        await self._server.wait_closed()
        if self._where.path:
            _remove_socket(self._where.path)

    def _make_connection(self) -> asyncio.BaseProtocol:
        kind = LmtpServerConnection if self._where.lmtp else SmtpServerConnection
        made = kind(
            self._handler,
            data_size_limit=self._max_bytes,
            enable_SMTPUTF8=True,
            hostname="deskwire",
            ident="Deskwire",
            timeout=_IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )
        made.open_connections = self._connections
        return made


class _Handler:
    """The answers to commands, as aiosmtpd calls them; `envelope` is that of one mail."""

    def __init__(self, gateway: MailGateway) -> None:
        self._gateway = gateway

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Session, envelope: Any, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return _TOO_MANY
        try:
            found = await self._gateway.find_recipient(address)
        except Unavailable:
            return TRY_AGAIN
        if found is None:
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        envelope.ours.append(found)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: "MailConnection", session: Session, envelope: Any
    ) -> str:
        ours: list[InboxAddress] = envelope.ours
        sender = "" if envelope.mail_from in {None, "<>"} else envelope.mail_from
        try:
            results = await self._gateway.accept(envelope.content, ours, sender)
        except Exception as error:  # noqa: BLE001 - the mail comes again, and is not lost
            await self.handle_exception(error)
            replies = [TRY_AGAIN] * len(ours)
        else:
            failed = {org_id for org_id, it in results.items() if isinstance(it, Unavailable)}
            replies = [TRY_AGAIN if it.inbox.org_id in failed else ACCEPTED for it in ours]
        if server.answers_each_recipient:
            return "\r\n".join(replies)
        # SMTP has one answer for all: who has the mail already is not given it again.
        return TRY_AGAIN if TRY_AGAIN in replies else ACCEPTED

    async def handle_exception(self, error: Exception) -> str:
        """Returns the answer where the server fails: never a refusal for good, which loses it."""
        logger.error("mail not accepted", exc_info=error)
        return TRY_AGAIN


def _remove_socket(path: str) -> None:
    """Removes a socket; any other file stays, and listening fails."""
    found = Path(path)
    if found.is_socket():
        found.unlink()


def _open_to_group(path: str) -> None:
    """Lets the group of the folder write: the mail server runs as a user of its own."""
    Path(path).chmod(0o660)
